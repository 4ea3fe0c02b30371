"""What every registry over HTTP owes the bot, whichever it is."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import respx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.registries import Reading, RegistryDown
from bot.registry_settings import BUILT_IN
from playbooks.card import ModelCard
from tests.bot.registries.documented import ALL, HOST, SECRET, Json, Service, put

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
_CONTROL = {chr(code) for code in (*range(32), 127, 0x202E, 0x200E)}


@pytest.fixture(params=sorted(ALL))
def service(request: pytest.FixtureRequest) -> Service:
    made: Service = ALL[request.param]()
    return made


def read(service: Service, *, within: float = 60.0) -> Reading:
    with respx.mock(assert_all_called=False) as router:
        router.route(url__startswith=HOST).mock(side_effect=service.answer)
        return service.open(within).read(NOON)


def only(reading: Reading) -> ModelCard:
    (card,) = reading.cards
    return card


def told(card: ModelCard) -> dict[str, tuple[str, str]]:
    return {key: (fact.text, fact.source) for key, fact in card.facts.items()}


def test_every_registry_over_http_is_held_to_this() -> None:
    assert set(ALL) == set(BUILT_IN) - {"file"}


def test_a_whole_model_becomes_a_card_with_the_source_and_time_of_each_fact(service: Service) -> None:
    reading = read(service)

    assert reading.problem is None
    assert told(only(reading)) == service.facts
    assert {fact.as_of for fact in only(reading).facts.values()} == {NOON}


def test_the_token_goes_with_every_question_and_no_question_takes_longer_than_three_seconds(service: Service) -> None:
    read(service)

    assert {request.headers["Authorization"] for request in service.asked} == {f"Bearer {SECRET}"}
    assert {limit for one in service.asked for limit in one.extensions["timeout"].values()} == {3.0}


def test_a_registry_without_models_is_empty_and_well(service: Service) -> None:
    service.pages = [service.empty]

    reading = read(service)

    assert (reading.cards, reading.unreadable) == ((), frozenset())


def test_every_page_is_read_an_empty_one_in_the_middle_too(service: Service) -> None:
    whole = service.pages[0]
    first = put(whole, service.token_at, "page-1")
    second = put(put(whole, service.models_at, []), service.token_at, "page-2")
    service.pages = [first, second, renamed(whole)]
    service.others |= {renamed(path): renamed(one) for path, one in service.others.items() if not callable(one)}

    names = [card.name for card in read(service).cards]

    assert len(names) == 2
    assert names[0] != names[1]


def renamed(page: Json) -> Json:
    """The same page about another model."""
    return json.loads(json.dumps(page).replace("search-ranker", "other-ranker"))


def test_pages_that_never_end_are_given_up(service: Service) -> None:
    service.pages = [put(service.pages[0], service.token_at, "page-0")]

    with pytest.raises(RegistryDown, match=r"was too slow|never came to a last page"):
        read(service, within=0.3)


def test_two_models_of_one_name_are_both_left_as_they_were_and_named(service: Service) -> None:
    rows: Json = service.pages[0]
    for part in service.models_at:
        rows = rows[part]
    if service.names_are_unique:
        service.pages = [put(service.pages[0], service.models_at, [*rows, *rows])]
        assert (told(only(read(service))), read(service).problem) == (service.facts, None)
        return
    twin = json.loads(json.dumps(rows[0]).replace("default", "other").replace("mlflow", "other"))
    service.pages = [put(service.pages[0], service.models_at, [*rows, _named_alike(twin, rows[0])])]

    reading = read(service)

    assert reading.cards == ()
    assert len(reading.unreadable) == 1
    assert "several models of the same name (search-ranker)" in str(reading.problem)


def _named_alike(twin: Json, model: Json) -> Json:
    if "metadata" in twin:
        return put(twin, ("metadata", "annotations"), model["metadata"]["annotations"])
    return twin


def test_fields_that_nobody_has_heard_of_are_passed_over(service: Service) -> None:
    service.pages = [_with_more(service.pages[0])]
    service.others = {path: one if callable(one) else _with_more(one) for path, one in service.others.items()}

    reading = read(service)

    assert (told(only(reading)), reading.problem) == (service.facts, None)


def _with_more(thing: Json) -> Json:
    if isinstance(thing, dict):
        return {"newInThisVersion": {"deep": [1, None]}} | {key: _with_more(value) for key, value in thing.items()}
    return [_with_more(item) for item in thing] if isinstance(thing, list) else thing


@pytest.mark.parametrize("instead", [None, [], {}])
def test_a_model_without_an_owner_has_none_and_nobody_is_put_in_the_place(service: Service, instead: Json) -> None:
    service.pages = [put(service.pages[0], service.owner_at, instead)]

    card = only(read(service))

    assert card.owner is None
    assert card.fact("purpose") is not None


@pytest.mark.parametrize(
    "noise",
    ["<!channel>, @here", "x" * 100_000, "one\n\ntwo\x00\x1b[31m\x7f", "abc\u202edef\u200e", "\ud800 half"],
    ids=["broadcast", "long", "control", "turned", "half"],
)
def test_noise_is_cleaned_and_cut(service: Service, noise: str) -> None:
    service.pages = [put(service.pages[0], service.text_at, noise)]

    card = only(read(service))

    for fact in card.facts.values():
        assert len(fact.text) <= 1000
        assert not set(fact.text) & _CONTROL
        fact.text.encode("utf-8")


def test_noise_in_every_text_at_once_is_cleaned_and_cut(service: Service) -> None:
    service.pages = [_noisy(service.pages[0], kept=service.token_at)]

    reading = read(service)

    for card in reading.cards:
        assert not set(card.name) & _CONTROL
        for fact in card.facts.values():
            assert not set(fact.text + fact.source) & _CONTROL
            assert len(fact.source) <= 120


def _noisy(thing: Json, kept: tuple[str | int, ...]) -> Json:
    if isinstance(thing, dict):
        return {key: value if key in kept else _noisy(value, kept) for key, value in thing.items()}
    if isinstance(thing, list):
        return [_noisy(item, kept) for item in thing]
    return f"{thing}\x00\n<!channel>\u202e{'y' * 3000}" if isinstance(thing, str) else thing


HTML = "<html><title>Sign in</title><p>{token}</p></html>"


def answers(status: int, text: str = "", **headers: str) -> httpx.Response:
    return httpx.Response(status, text=text.replace("{token}", SECRET), headers=headers)


def tls_fault() -> httpx.ConnectError:
    said = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:1006)"
    fault = httpx.ConnectError(said)
    fault.__cause__ = ssl.SSLCertVerificationError(said)
    return fault


FAILURES: dict[str, tuple[httpx.Response | Exception, str]] = {
    "401": (answers(401, json.dumps({"message": "bad token {token}"})), "does not accept the bot's credentials"),
    "401 html": (answers(401, HTML), "does not accept the bot's credentials"),
    "403 html": (answers(403, HTML), "does not let the bot's account read models"),
    "403": (answers(403, '{"error": {"name": "NotAllowedError", "message": "{token}"}}'), "account read models"),
    "404 html": (answers(404, HTML), "has no .* API there"),
    "404": (answers(404, '{"error": {"name": "NotFoundError"}}'), "found nothing there|knows nothing"),
    "400": (answers(400, '{"code": 400, "message": "what is {token}?"}'), r"refused the question \(HTTP 400"),
    "429": (answers(429, "slow down", **{"Retry-After": "30"}), "fewer questions"),
    "500": (answers(500, "Traceback {token}"), r"failed \(HTTP 500\)"),
    "503 html": (answers(503, HTML), r"failed \(HTTP 503\)"),
    "login page": (answers(302, "", Location="https://login.example.com/?next={token}"), "log-in page"),
    "page instead of data": (answers(200, HTML), "a page instead of data"),
    "junk": (answers(200, '{"a": [1, 2'), "data that is damaged or breaks off"),
    "deep junk": (answers(200, "[" * 100_000), "a page instead of data"),
    "not utf-8": (httpx.Response(200, content=b'{"a": "\xff\xfe"}'), "data that is damaged"),
    "a list": (answers(200, "[]"), "a page instead of data"),
    "timeout": (httpx.ReadTimeout("timed out"), "did not answer within 3 seconds"),
    "refused": (httpx.ConnectError("[Errno 111] Connection refused"), r"cannot be reached \(Connection refused\)"),
    "cut off": (httpx.RemoteProtocolError(f"peer closed {SECRET}"), "cannot be reached"),
    "tls": (tls_fault(), "has expired.* Renew it on the server"),
    "no tls": (httpx.ConnectError("[SSL: WRONG_VERSION_NUMBER] wrong version number"), "does not speak TLS"),
    "junk in gzip": (httpx.DecodingError("Error -3 while decompressing data"), "cannot be reached"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_every_failure_is_a_sentence_that_says_what_to_do_and_no_secret(service: Service, failure: str) -> None:
    how, what = FAILURES[failure]
    with respx.mock(assert_all_called=False) as router:
        route = router.route(url__startswith=HOST)
        route.side_effect = how if isinstance(how, Exception) else None
        if isinstance(how, httpx.Response):
            route.return_value = how
        with pytest.raises(RegistryDown, match=what) as down:
            service.open(60.0).read(NOON)
        health = service.open(60.0).health()

    said = str(down.value)
    assert HOST in said
    assert said.endswith(".")
    assert len(said) < 600
    assert SECRET not in said
    assert "<" not in said
    assert not health.ok
    assert SECRET not in health.sentence


class Drip(httpx.SyncByteStream):
    """A body without an end."""

    def __init__(self, part: bytes, pause: float) -> None:
        self.part, self.pause = part, pause

    def __iter__(self) -> Iterator[bytes]:
        while True:
            time.sleep(self.pause)
            yield self.part


@pytest.mark.parametrize(
    ("body", "said"),
    [(Drip(b" ", 0.02), "was too slow"), (Drip(b" " * 10_000_000, 0), "answered with more than 50 MB")],
    ids=["drips", "floods"],
)
def test_an_answer_without_an_end_is_given_up(service: Service, body: Drip, said: str) -> None:
    with respx.mock(assert_all_called=False) as router:
        router.route(url__startswith=HOST).mock(side_effect=lambda _: httpx.Response(200, stream=body))
        with pytest.raises(RegistryDown, match=said):
            service.open(0.5).read(NOON)


def test_what_breaks_off_after_the_first_page_takes_no_model_away(service: Service) -> None:
    service.pages = [put(service.pages[0], service.token_at, "page-1"), {"oops": True}]
    whole = service.answer

    def answer(request: httpx.Request) -> httpx.Response:
        response = whole(request)
        return httpx.Response(500) if b"oops" in response.content else response

    service.answer = answer  # type: ignore[method-assign]
    with pytest.raises(RegistryDown, match="HTTP 500"):
        read(service)


def test_an_answer_of_another_kind_of_server_is_not_taken_for_a_registry_without_models(service: Service) -> None:
    service.pages = [put(service.empty, service.models_at, {"status": "UP"})]

    with pytest.raises(RegistryDown, match=service.setting):
        read(service)


def test_no_address_at_all_says_which_setting_is_missing(service: Service) -> None:
    registry = service.elsewhere("")

    with pytest.raises(RegistryDown, match=f"Set {service.setting}"):
        registry.read(NOON)
    assert not registry.health().ok


def test_an_address_that_is_none_is_said_to_be(service: Service) -> None:
    for address in ("http://[::1", "https://models.example.com:99999999", "http://", "https://exa mple.com"):
        with pytest.raises(RegistryDown, match=service.setting):
            service.elsewhere(address).read(NOON)


@pytest.mark.parametrize("token", [f"{SECRET}\n{SECRET}", f"{SECRET}\x00", f"{SECRET}ä"])
def test_a_token_that_was_copied_wrongly_is_said_to_be_and_not_shown(service: Service, token: str) -> None:
    registry = service.elsewhere(HOST, token=token)

    with respx.mock(assert_all_called=False) as router:
        router.route(url__startswith=HOST).mock(side_effect=service.answer)
        with pytest.raises(RegistryDown, match="a character that no token has") as down:
            registry.read(NOON)

    assert SECRET not in str(down.value)
    assert str(down.value).endswith(".")


def test_credentials_in_the_address_are_never_repeated(service: Service) -> None:
    registry = service.elsewhere(f"https://bot:{SECRET}@registry.example.com/x/?token={SECRET}")
    with respx.mock(assert_all_called=False) as router:
        router.route(url__startswith="https://").mock(return_value=answers(500))
        with pytest.raises(RegistryDown) as down:
            registry.read(NOON)

    assert SECRET not in str(down.value)


def test_a_healthy_registry_says_so(service: Service) -> None:
    with respx.mock(assert_all_called=False) as router:
        router.route(url__startswith=HOST).mock(side_effect=service.answer)
        health = service.open(60.0).health()

    assert health.ok, health.sentence
    assert health.sentence.endswith("answers.")


def places(thing: Json, here: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in an answer, the answer itself first."""
    yield here
    inner = thing.items() if isinstance(thing, dict) else enumerate(thing) if isinstance(thing, list) else ()
    for key, value in inner:
        yield from places(value, (*here, key))


WRONG: list[Json] = [None, True, 7, -1.5, "text", "", [], {}, [[]], [None], {"a": {"b": 1}}, ["x", 3]]


def is_harmless(service: Service) -> None:
    """Read it: a reading of whole cards, or a sentence."""
    try:
        reading = read(service)
    except RegistryDown as down:
        said = str(down)
    else:
        _is_whole(reading)
        said = reading.problem or "Nothing is wrong."
    assert said.endswith(".")
    assert SECRET not in said


def _is_whole(reading: Reading) -> None:
    for card in reading.cards:
        assert card.name.strip()
        assert all(fact.source and fact.as_of == NOON for fact in card.facts.values())
        assert SECRET not in "".join(fact.text for fact in card.facts.values())


def test_a_wrong_shape_at_any_place_costs_at_most_what_stands_there(service: Service) -> None:
    answers_of = service.all_answers()
    for path, answer in answers_of.items():
        for at, place in enumerate(places(answer)):
            for step in (0, 5):
                changed = put(answer, place, WRONG[(at + step) % len(WRONG)])
                if path == service.listing:
                    service.pages = [changed]
                else:
                    service.others[path] = changed
                is_harmless(service)
        service.pages, service.others = [answers_of[service.listing]], service.others | {
            path: answer for path, answer in answers_of.items() if path != service.listing
        }  # fmt: skip


def test_what_is_left_out_for_its_shape_is_named_by_its_place(service: Service) -> None:
    service.pages = [put(service.pages[0], service.text_at, {"en": "Ranks."})]

    reading = read(service)

    assert only(reading).fact("purpose") is None
    assert only(reading).owner is not None
    assert ".".join(str(part) for part in service.text_at[-1:]) in str(reading.problem)
    assert "Mend the entry there." in str(reading.problem)


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("name", sorted(ALL))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_a_server_answers_ends_in_cards_or_a_sentence(name: str, data: st.DataObject) -> None:
    service: Service = ALL[name]()
    page: Any = service.pages[0]
    for _ in range(data.draw(st.integers(1, 3))):
        page = put(page, data.draw(st.sampled_from(list(places(page)))), data.draw(_ANY))
    service.pages = [page]

    is_harmless(service)
