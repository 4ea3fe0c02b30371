"""PagerDuty and Opsgenie are asked as their documentation says, and every other answer becomes a sentence."""

from __future__ import annotations

import copy
import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import respx

from bot.oncall import Now, Schedule, not_set_up, open_schedules
from bot.oncall.opsgenie import Opsgenie
from bot.oncall.pagerduty import PagerDuty
from bot.settings import read_settings

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SECRET = "y_NbAkKc66ryYTWUXYEu"
PAGERDUTY, OPSGENIE = "https://api.pagerduty.com", "https://api.opsgenie.com"

Json = dict[str, Any]


def user(name: str, email: str | None) -> Json:
    return {
        "id": "PT23IWX", "type": "user", "summary": name, "self": f"{PAGERDUTY}/users/PT23IWX", "name": name,
        "time_zone": "Europe/Stockholm", "role": "user", "job_title": None, "contact_methods": [],
    } | ({"email": email} if email else {})  # fmt: skip


def shift(name: str, email: str | None, *, level: int = 1, schedule: str | None = "Search primary") -> Json:
    """One entry of GET /oncalls, with include[]=users."""
    return {
        "escalation_policy": {
            "id": "PT20YPA", "type": "escalation_policy_reference", "summary": "Search", "self": None, "html_url": None,
        },
        "escalation_level": level,
        "schedule": schedule
        and {"id": "PI7DH85", "type": "schedule_reference", "summary": schedule, "self": None, "html_url": None},
        "user": user(name, email),
        "start": "2026-11-16T08:00:00Z",
        "end": "2026-11-23T09:00:00+01:00",
    }  # fmt: skip


def oncalls(*shifts: Json) -> Json:
    return {"oncalls": list(shifts), "limit": 100, "offset": 0, "more": False, "total": None}


def recipients(*people: str) -> Json:
    parent = {"id": "d875e1a2-9b4e-4219-a1f3-0c26936d18de", "name": "Search on-call", "enabled": True}
    return {"data": {"_parent": parent, "onCallRecipients": list(people)}, "took": 0.103, "requestId": "7947d7dc"}


@pytest.fixture
def web() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as router:
        yield router


def pagerduty() -> Schedule:
    return PagerDuty(token=SECRET, url=PAGERDUTY)


def opsgenie() -> Schedule:
    return Opsgenie(key=SECRET, url=f"{OPSGENIE}/")


def test_pagerduty_names_whoever_its_schedule_says(web: respx.MockRouter) -> None:
    route = web.get(f"{PAGERDUTY}/oncalls").respond(json=oncalls(shift("Kim Tanaka", "kim@example.com")))

    assert pagerduty().on_call("PI7DH85", NOON) == Now(
        person="Kim Tanaka <kim@example.com>",
        source="PagerDuty: Search primary",
        until=datetime(2026, 11, 23, 8, 0, tzinfo=UTC),
    )
    (request,) = [call.request for call in route.calls]
    assert request.url.params.multi_items() == [
        ("schedule_ids[]", "PI7DH85"),
        ("include[]", "users"),
        ("since", "2026-11-20T12:00:00Z"),
        ("until", "2026-11-20T12:00:00Z"),
        ("limit", "100"),
    ]
    assert request.headers["Authorization"] == f"Token token={SECRET}"
    assert request.headers["Accept"] == "application/vnd.pagerduty+json;version=2"


def test_an_escalation_policy_is_found_where_no_schedule_has_the_id_and_its_first_level_counts(
    web: respx.MockRouter,
) -> None:
    shifts = [shift("Lee", "lee@example.com", level=2), shift("Kim", "kim@example.com"), shift("Bo", "bo@example.com")]
    web.get(f"{PAGERDUTY}/oncalls", params={"schedule_ids[]": "PT20YPA"}).respond(json=oncalls())
    web.get(f"{PAGERDUTY}/oncalls", params={"escalation_policy_ids[]": "PT20YPA"}).respond(json=oncalls(*shifts))

    assert pagerduty().on_call("PT20YPA", NOON).person == "Kim <kim@example.com>"


@pytest.mark.parametrize("unknown", [{"json": oncalls()}, {"status_code": 404, "json": {"error": {"code": 2100}}}])
def test_a_service_such_as_backstage_names_is_asked_for_its_escalation_policy(
    web: respx.MockRouter, unknown: Json
) -> None:
    policy = {"id": "PT20YPA", "type": "escalation_policy_reference", "summary": "Search", "self": None}
    web.get(f"{PAGERDUTY}/services/PIJ90N7").respond(json={"service": {"id": "PIJ90N7", "escalation_policy": policy}})
    web.get(f"{PAGERDUTY}/oncalls", params={"schedule_ids[]": "PIJ90N7"}).respond(**unknown)
    web.get(f"{PAGERDUTY}/oncalls", params={"escalation_policy_ids[]": "PIJ90N7"}).respond(**unknown)
    shifts = oncalls(shift("Kim", "kim@example.com"))
    web.get(f"{PAGERDUTY}/oncalls", params={"escalation_policy_ids[]": "PT20YPA"}).respond(json=shifts)

    assert pagerduty().on_call("PIJ90N7", NOON).person == "Kim <kim@example.com>"

    web.get(f"{PAGERDUTY}/oncalls", params={"escalation_policy_ids[]": "PT20YPA"}).respond(json=oncalls())
    assert "nobody is on call in PIJ90N7 now" in str(pagerduty().on_call("PIJ90N7", NOON).problem)


def test_a_token_that_may_read_no_services_says_what_the_schedules_said(web: respx.MockRouter) -> None:
    web.get(f"{PAGERDUTY}/oncalls").respond(404)
    web.get(f"{PAGERDUTY}/services/P1").respond(403)
    assert "knows no schedule of that name" in str(pagerduty().on_call("P1", NOON).problem)
    assert not pagerduty().on_call("P1", NOON).is_down


def test_an_override_or_a_second_layer_is_what_pagerduty_says_now_and_a_permanent_one_has_no_end(
    web: respx.MockRouter,
) -> None:
    always = shift("Lee", "lee@example.com", schedule=None) | {"start": None, "end": None}
    web.get(f"{PAGERDUTY}/oncalls").respond(json=oncalls(always))

    assert pagerduty().on_call("P1", NOON) == Now(person="Lee <lee@example.com>", source="PagerDuty: Search")


def test_a_person_without_an_address_is_named_all_the_same(web: respx.MockRouter) -> None:
    web.get(f"{PAGERDUTY}/oncalls").respond(json=oncalls(shift("Tanaka, Kim", None)))

    assert pagerduty().on_call("P1", NOON).person == "Tanaka Kim"


def test_opsgenie_names_the_first_whom_it_would_call(web: respx.MockRouter) -> None:
    route = web.get(url__startswith=OPSGENIE).respond(json=recipients("kim@example.com", "lee@example.com"))

    assert opsgenie().on_call("Search on-call", NOON) == Now(
        person="kim@example.com", source="Opsgenie: Search on-call"
    )
    (request,) = [call.request for call in route.calls]
    assert request.url.raw_path.startswith(b"/v2/schedules/Search%20on-call/on-calls?")
    assert dict(request.url.params) == {
        "scheduleIdentifierType": "name",
        "flat": "true",
        "date": "2026-11-20T12:00:00+00:00",
    }
    assert request.headers["Authorization"] == f"GenieKey {SECRET}"


def test_opsgenie_takes_an_id_where_one_is_written(web: respx.MockRouter) -> None:
    route = web.get(url__startswith=OPSGENIE).respond(json=recipients("kim@example.com"))
    opsgenie().on_call("d875e1a2-9b4e-4219-a1f3-0c26936d18de", NOON)
    assert route.calls.last.request.url.params["scheduleIdentifierType"] == "id"


REFUSALS = [
    (401, "{} does not accept the bot's token. Set {} anew.", True),
    (403, "{} does not let the bot's token read schedules. Give the token of {} that right.", True),
    (404, "{} knows no schedule of that name. Check how the model's oncall is spelled.", False),
    (429, "{} asks for fewer questions (HTTP 429). It is asked again soon.", True),
    (500, "{} failed (HTTP 500). It is asked again soon.", True),
    (302, "{} answered with HTTP 302. Check {}.", True),
]
SERVICES = [
    (pagerduty, "PagerDuty", "PAGERDUTY_TOKEN", "PAGERDUTY_API_URL"),
    (opsgenie, "Opsgenie", "OPSGENIE_API_KEY", "OPSGENIE_API_URL"),
]


@pytest.mark.parametrize("service", SERVICES, ids=["pagerduty", "opsgenie"])
@pytest.mark.parametrize("refusal", REFUSALS)
def test_every_refusal_says_what_to_do(
    web: respx.MockRouter, service: Any, refusal: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    (make, name, token, url), (status, sentence, is_down) = service, refusal
    body = {"error": {"message": f"bad {SECRET}", "code": 2006}, "message": f"Key {SECRET} is not right", "took": 0.0}
    web.get(url__regex=".*").respond(status, json=body, headers={"Location": "https://elsewhere.example.com"})

    said = make().on_call("P1", NOON)

    setting = url if status == 302 else token
    assert said == Now(problem=sentence.format(name, setting), is_down=is_down)
    assert SECRET not in caplog.text
    assert SECRET not in repr(make().__dict__)


@pytest.mark.parametrize("service", SERVICES, ids=["pagerduty", "opsgenie"])
@pytest.mark.parametrize(
    ("fails", "sentence"),
    [
        (httpx.ReadTimeout("slow"), "{} did not answer within 3 seconds."),
        (httpx.ConnectError("no route"), "{} cannot be reached (ConnectError). Check {}."),
        (httpx.Response(200, text="<html>log in</html>"), "{} answered with something else than data. Check {}."),
        (httpx.Response(200, json=["?"]), "{} answered with something else than data. Check {}."),
    ],
)
def test_a_service_that_is_down_or_somebody_else_is_told_apart(
    web: respx.MockRouter, service: Any, fails: Any, sentence: str
) -> None:
    make, name, _, url = service
    web.get(url__regex=".*").mock(side_effect=fails if isinstance(fails, Exception) else [fails])

    assert make().on_call("P1", NOON) == Now(problem=sentence.format(name, url), is_down=True)


class Dribble(httpx.SyncByteStream):
    """An answer that comes so slowly, in parts so large."""

    def __init__(self, part: bytes, pause_s: float) -> None:
        self.part, self.pause_s = part, pause_s
        self.given = 0

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(50):
            time.sleep(self.pause_s)
            self.given += 1
            yield self.part


@pytest.mark.parametrize(
    ("stream", "sentence"),
    [
        (Dribble(b" ", 0.4), "PagerDuty did not answer within 3 seconds."),
        (Dribble(b" " * 100_000, 0), "PagerDuty answered with something else than data. Check PAGERDUTY_API_URL."),
    ],
)
def test_an_answer_without_end_is_not_waited_for(web: respx.MockRouter, stream: Dribble, sentence: str) -> None:
    web.get(url__regex=".*").mock(return_value=httpx.Response(200, stream=stream))
    began = time.monotonic()
    assert pagerduty().on_call("P1", NOON) == Now(problem=sentence, is_down=True)
    assert time.monotonic() - began < 5
    assert stream.given < 15


@pytest.mark.parametrize(
    ("schedule", "answer", "sentence"),
    [
        (pagerduty, oncalls(), "PagerDuty says that nobody is on call in P1 now. Fill the gap in its schedule."),
        (opsgenie, recipients(), "Opsgenie says that nobody is on call in P1 now. Fill the gap in its rotation."),
    ],
)
def test_an_empty_schedule_is_no_fault_of_the_service(
    web: respx.MockRouter, schedule: Any, answer: Json, sentence: str
) -> None:
    web.get(url__regex=".*").respond(json=answer)
    assert schedule().on_call("P1", NOON) == Now(problem=sentence)


@pytest.mark.parametrize("broken", [None, 7, "text", [], {}, [None], [[]], [{"user": 1}], {"user": None}])
def test_whatever_shape_an_answer_has_nothing_is_raised(web: respx.MockRouter, broken: Any) -> None:
    for schedule, answer in ((pagerduty, {"oncalls": broken}), (opsgenie, {"data": broken})):
        web.get(url__regex=".*").respond(json=answer)
        assert schedule().on_call("P1", NOON).person is None
    odd = copy.deepcopy(oncalls(shift("Kim", "kim@example.com")))
    odd["oncalls"][0] |= {"schedule": broken, "escalation_policy": broken, "escalation_level": broken, "end": broken}
    web.get(url__regex=".*").respond(json=odd)
    assert pagerduty().on_call("P1", NOON).person == "Kim <kim@example.com>"


def test_only_services_with_a_token_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert open_schedules(read_settings()) == {}
    monkeypatch.setenv("PAGERDUTY_TOKEN", f" {SECRET}\n")
    monkeypatch.setenv("OPSGENIE_API_KEY", SECRET)
    settings = read_settings()
    schedules = open_schedules(settings)
    assert set(schedules) == {"pagerduty", "opsgenie"}
    assert {SECRET, f" {SECRET}\n"} <= set(settings.secrets())
    assert not_set_up("pagerduty", schedules) is None
    said = not_set_up("opsgenie", {})
    assert said is not None
    assert said.problem == "Opsgenie is not asked who is on call. Set OPSGENIE_API_KEY."
