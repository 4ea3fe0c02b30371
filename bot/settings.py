"""Every setting of the bot: typed, secrets hidden, and all that is wrong said at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.env_file import env_file_faults
from bot.errors import SettingsBroken
from bot.named_secrets import named_in
from bot.registry_settings import BUILT_IN, RegistrySettings, web_address
from storage.database import DatabaseUrlBroken, parse_url

REGISTRIES = tuple(BUILT_IN)
"""The registries that come with the bot; other packages may bring more."""

REAL_SLACK = "https://slack.com/api/"


def _token(prefix: str) -> AfterValidator:
    def check(token: SecretStr) -> SecretStr:
        if not token.get_secret_value().startswith(prefix):
            raise ValueError(f"does not begin with {prefix}; copy it again from your Slack app's pages.")
        return token

    return AfterValidator(check)


def _with_slash(text: str) -> str:
    return text if text.endswith("/") else f"{text}/"


def _database(url: SecretStr) -> SecretStr:
    try:
        parse_url(url.get_secret_value())
    except DatabaseUrlBroken as broken:
        raise ValueError(f"cannot be used: {broken}.") from None
    return url


def _channel(text: str) -> str:
    return text.strip().removeprefix("#")


def _existing_file(path: Path) -> Path:
    if not path.is_file():
        raise ValueError(f"names {path}, which is not a file that can be read.")
    return path


def _existing_folder(path: Path) -> Path:
    if not path.is_dir():
        raise ValueError(f"names {path}, which is not a folder.")
    return path


class _ServingSettings(BaseSettings):
    """Where the bot talks and listens, what it keeps, and the practice that it follows."""

    slack_bot_token: Annotated[SecretStr, _token("xoxb-")] | None = Field(
        default=None, validation_alias="SLACK_BOT_TOKEN", description="The bot token of your Slack app (xoxb-…)."
    )
    slack_app_token: Annotated[SecretStr, _token("xapp-")] | None = Field(
        default=None,
        validation_alias="SLACK_APP_TOKEN",
        description="The app-level token (xapp-…). Where it is set the bot uses Socket Mode, else HTTP.",
    )
    slack_signing_secret: SecretStr | None = Field(
        default=None, validation_alias="SLACK_SIGNING_SECRET", description="The signing secret; needed over HTTP."
    )
    slack_api_url: Annotated[str, AfterValidator(web_address), AfterValidator(_with_slash)] = Field(
        default=REAL_SLACK,
        validation_alias="SLACK_API_URL",
        description="Another Slack than the real one: the sandbox, or a test.",
    )
    database_url: Annotated[SecretStr, AfterValidator(_database)] = Field(
        default=SecretStr("sqlite:///ml-incident.db"),
        validation_alias="DATABASE_URL",
        description="Where incidents are kept: a SQLite file, or postgresql+psycopg://user:password@host/name.",
    )
    host: str = Field(
        default="127.0.0.1", validation_alias="ML_INCIDENT_HOST", description="The address that serve listens on."
    )
    port: Annotated[int, Field(ge=0, le=65535)] = Field(
        default=3000, validation_alias="ML_INCIDENT_PORT", description="The port that serve listens on."
    )
    announce_channel: Annotated[str, AfterValidator(_channel), Field(min_length=1)] = Field(
        default="ml-incidents",
        validation_alias="ML_INCIDENT_ANNOUNCE_CHANNEL",
        description="Where stakeholders read of incidents: a channel's name or id. The bot must be a member.",
    )
    digest_channel: Annotated[str, AfterValidator(_channel), Field(min_length=1)] | None = Field(
        default=None,
        validation_alias="ML_INCIDENT_DIGEST_CHANNEL",
        description="Where the weekly ownership digest goes; the announce channel when unset.",
    )
    policy: Annotated[Path, AfterValidator(_existing_file)] | None = Field(
        default=None,
        validation_alias="ML_INCIDENT_POLICY",
        description="Your policy.yaml; it only needs to say what differs from the shipped one.",
    )
    playbooks: Annotated[Path, AfterValidator(_existing_folder)] | None = Field(
        default=None,
        validation_alias="ML_INCIDENT_PLAYBOOKS",
        description="A folder of your own playbooks, read after the shipped ones.",
    )
    connections: Annotated[Path, AfterValidator(_existing_file)] | None = Field(
        default=None,
        validation_alias="ML_INCIDENT_CONNECTIONS",
        description="Your connections.yaml: which HTTP services checks and actions of playbooks may reach, and how.",
    )
    people: Annotated[Path, AfterValidator(_existing_file)] | None = Field(
        default=None,
        validation_alias="ML_INCIDENT_PEOPLE",
        description="Your people.yaml: which e-mail address or Slack id is meant by names that Slack cannot know.",
    )
    rotas: Annotated[Path, AfterValidator(_existing_file)] | None = Field(
        default=None,
        validation_alias="ML_INCIDENT_ROTAS",
        description="Your rotas.yaml: who is on call when, for models whose oncall is written rota:<name>.",
    )
    pagerduty_token: SecretStr | None = Field(
        default=None,
        validation_alias="PAGERDUTY_TOKEN",
        description="A read-only API token of PagerDuty, to ask who is on call (pagerduty:PABC123).",
    )
    pagerduty_url: Annotated[str, AfterValidator(web_address)] = Field(
        default="https://api.pagerduty.com",
        validation_alias="PAGERDUTY_API_URL",
        description="Another PagerDuty than the usual one, e.g. https://api.eu.pagerduty.com.",
    )
    opsgenie_api_key: SecretStr | None = Field(
        default=None,
        validation_alias="OPSGENIE_API_KEY",
        description="An API key of Opsgenie, or of what answers like it, to ask who is on call (opsgenie:<schedule>).",
    )
    opsgenie_url: Annotated[str, AfterValidator(web_address)] = Field(
        default="https://api.opsgenie.com",
        validation_alias="OPSGENIE_API_URL",
        description="Where that service answers, e.g. https://api.eu.opsgenie.com.",
    )


class Settings(RegistrySettings, _ServingSettings):  # listed from right to left: .env.example begins with Slack
    """Read from the environment, and from a .env file below it. Build it with `read_settings`."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", populate_by_name=True, hide_input_in_errors=True
    )

    alert_token: SecretStr | None = Field(
        default=None,
        validation_alias="ML_INCIDENT_ALERT_TOKEN",
        description="Reserved: a bearer token for alerts from monitors, which this version does not take yet.",
    )

    @property
    def digest_place(self) -> str:
        """The channel for the digest, as the operator named it."""
        return self.digest_channel or self.announce_channel

    @property
    def over_socket(self) -> bool:
        """Whether the bot talks to Slack in Socket Mode."""
        return self.slack_app_token is not None

    def secrets(self) -> list[str]:
        """Every secret value, for blotting them out of logs."""
        values = [getattr(self, name) for name in type(self).model_fields]
        own = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
        return [*own, *named_in(self.connections)]

    def missing_for_serving(self) -> list[str]:
        """What else has to be set before the bot can serve, a sentence each."""
        faults = []
        if self.slack_bot_token is None:
            faults.append("SLACK_BOT_TOKEN is not set; copy the bot token (xoxb-…) from your Slack app's pages.")
        if self.slack_app_token is None and self.slack_signing_secret is None:
            faults.append(
                "Neither SLACK_APP_TOKEN (for Socket Mode) nor SLACK_SIGNING_SECRET (for HTTP) is set; set one of them."
            )
        return faults + self.missing_for_registries()


def env_name(field: str) -> str:
    """The environment variable of a field."""
    return str(Settings.model_fields[field].validation_alias or field)


def read_settings(*, serving: bool = False, **given: Any) -> Settings:
    """The settings in effect; `given` ones (by field name) win. Raises SettingsBroken with every fault."""
    if unreadable := env_file_faults():
        raise SettingsBroken(unreadable)
    try:
        settings = Settings(**given)
    except ValidationError as broken:
        faults = _sentences(broken)
        if serving:
            faults += _without_faults(broken, given).missing_for_serving()
        raise SettingsBroken(faults) from None
    if serving and (missing := settings.missing_for_serving()):
        raise SettingsBroken(missing)
    return settings


def _without_faults(broken: ValidationError, given: dict[str, Any]) -> Settings:
    """What the settings would be if each faulty one were right, to find what is missing besides."""
    faulty = {str(error["loc"][0]) for error in broken.errors(include_url=False, include_input=False)}
    right: dict[str, Any] = {
        name: field.default for name, field in Settings.model_fields.items() if faulty & {name, env_name(name)}
    }
    for name, prefix in (("slack_bot_token", "xoxb-"), ("slack_app_token", "xapp-")):
        if name in right:
            right[name] = prefix
    return Settings(**{**given, **right})


def _sentences(broken: ValidationError) -> list[str]:
    sentences = []
    for error in broken.errors(include_url=False, include_input=False):
        name = str(error["loc"][0]) if error["loc"] else "The settings"
        name = env_name(name) if name in Settings.model_fields else name
        match error["type"]:
            case "int_parsing" | "greater_than_equal" | "less_than_equal":
                problem = "must be a whole number from 0 to 65535."
            case "bool_parsing":
                problem = "must be true or false."
            case "string_too_short" | "too_short":
                problem = "must not be empty."
            case _:
                problem = error["msg"].removeprefix("Value error, ")
        sentences.append(f"{name} {problem}")
    return list(dict.fromkeys(sentences))
