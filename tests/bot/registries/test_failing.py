"""A registry that fails now and then is asked again, one that is down is not waited for: every registry over HTTP."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
import respx

from bot.registries import Reading, RegistryDown, patience
from bot.registries.patience import LONGEST_WAIT_S, MOST_IN_A_READING, Passing, Patience, asked_wait
from tests.bot.registries.documented import ALL, HOST, Service, put

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
Fails = Callable[[], httpx.Response | Exception]


@pytest.fixture(params=sorted(ALL))
def service(request: pytest.FixtureRequest) -> Service:
    made: Service = ALL[request.param]()
    return made


PASSING: dict[str, Fails] = {
    "reset": lambda: httpx.ReadError("[Errno 104] Connection reset by peer"),
    "reset while connecting": lambda: httpx.ConnectError("[Errno 104] Connection reset by peer"),
    "nothing": lambda: httpx.RemoteProtocolError("Server disconnected without sending a response."),
    "broken off": lambda: httpx.RemoteProtocolError("peer closed connection without sending complete message body"),
    "broken off in TLS": lambda: httpx.ReadError(
        "[SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred in violation of protocol"
    ),
    "slow": lambda: httpx.ReadTimeout("timed out"),
    "slow to connect": lambda: httpx.ConnectTimeout("timed out"),
    "429": lambda: httpx.Response(429, headers={"Retry-After": "0"}),
    "502": lambda: httpx.Response(502, html="<h1>Bad Gateway</h1>"),
    "503": lambda: httpx.Response(503, headers={"Retry-After": "nonsense"}),
    "504": lambda: httpx.Response(504),
}
LASTING: dict[str, Fails] = {
    "401": lambda: httpx.Response(401, text="You are not authenticated."),
    "403": lambda: httpx.Response(403, text="Permission denied"),
    "host": lambda: httpx.Response(403, text="Invalid Host header - possible DNS rebinding attack detected"),
    "404": lambda: httpx.Response(404, html="<h1>Not Found</h1>"),
    "500": lambda: httpx.Response(500),
    "login page": lambda: httpx.Response(302, headers={"Location": "/login"}),
    "page": lambda: httpx.Response(200, html="<h1>Welcome</h1>"),
    "later": lambda: httpx.Response(429, headers={"Retry-After": "3600"}),
    "refused": lambda: httpx.ConnectError("[Errno 111] Connection refused"),
    "unknown name": lambda: httpx.ConnectError("[Errno -2] Name or service not known"),
    "self-signed": lambda: httpx.ConnectError(
        "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate"
    ),
    "no TLS": lambda: httpx.ConnectError("[SSL: WRONG_VERSION_NUMBER] wrong version number"),
    "client certificate": lambda: httpx.ReadError(
        "[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] alert certificate required"
    ),
    "proxy": lambda: httpx.ProxyError("407 Proxy Authentication Required"),
}


class Failing:
    """A service that fails some questions; `fails` gets how many were asked and how often this one was."""

    def __init__(self, service: Service, how: Fails, fails: Callable[[int, int], bool]) -> None:
        self.service, self._how, self._fails = service, how, fails
        self.asked: Counter[tuple[str, str, bytes]] = Counter()

    def answer(self, request: httpx.Request) -> httpx.Response:
        question = (request.method, str(request.url), request.content)
        self.asked[question] += 1
        if not self._fails(self.asked.total(), self.asked[question]):
            return self.service.answer(request)
        fault = self._how()
        if isinstance(fault, Exception):
            raise fault
        return fault

    def read(self, *, within: float = 60.0) -> Reading:
        with respx.mock(assert_all_called=False) as router:
            router.route(url__startswith=HOST).mock(side_effect=self.answer)
            return self.service.open(within).read(NOON)


@pytest.mark.parametrize("failure", PASSING)
def test_one_question_that_fails_in_passing_costs_nothing_wherever_in_a_reading_it_comes(
    service: Service, failure: str
) -> None:
    well = Failing(service, PASSING[failure], lambda _all, _this: False)
    expected = well.read()

    for at in range(1, well.asked.total() + 1):
        failing = Failing(service, PASSING[failure], lambda all_of_them, _this, at=at: all_of_them == at)  # type: ignore[misc]
        assert failing.read() == expected, f"question {at} failed"
        assert failing.asked.total() == well.asked.total() + 1


@pytest.mark.parametrize("failure", LASTING)
def test_what_lasts_is_not_asked_again(service: Service, failure: str) -> None:
    failing = Failing(service, LASTING[failure], lambda _all, _this: True)

    with pytest.raises(RegistryDown):
        failing.read()

    assert failing.asked.total() == 1


@pytest.mark.parametrize("failure", PASSING)
def test_a_registry_that_stays_down_fails_after_a_few_questions_with_the_sentence_of_the_last(
    service: Service, failure: str
) -> None:
    failing = Failing(service, PASSING[failure], lambda _all, _this: True)

    with pytest.raises(RegistryDown) as down:
        failing.read()

    assert failing.asked.total() == (2 if failure.startswith("slow") else 3)
    assert type(service.open(60.0)).__name__.removesuffix("Registry").lower() in str(down.value).lower().replace(
        " ", ""
    )
    assert str(down.value).endswith(".")


def test_a_page_of_many_megabytes_is_read_whole(service: Service) -> None:
    expected = Failing(service, PASSING["503"], lambda _all, _this: False).read()
    service.pages = [{"unheard_of": "x" * 6_000_000, **service.pages[0]}]

    assert Failing(service, PASSING["503"], lambda _all, _this: False).read() == expected


def test_a_registry_that_fails_every_other_time_is_not_asked_for_ever(service: Service) -> None:
    page = service.pages[0]
    service.pages = [put(page, service.token_at, f"page-{number}") for number in range(1, 40)] + [page]
    failing = Failing(service, PASSING["503"], lambda _all, this: this == 1)

    with pytest.raises(RegistryDown, match=r"HTTP 503"):
        failing.read()

    assert failing.asked.total() == 2 * MOST_IN_A_READING + 1


def test_no_question_is_asked_again_once_the_time_for_everything_is_over(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PAUSES_S", [5.0, 5.0])
    failing, began = Failing(service, PASSING["503"], lambda _all, _this: True), time.monotonic()

    with pytest.raises(RegistryDown, match="HTTP 503"):
        failing.read(within=1.0)

    assert failing.asked.total() == 1
    assert time.monotonic() - began < 1.0


def test_a_server_that_says_when_it_may_be_asked_again_is_not_asked_sooner(service: Service) -> None:
    times: list[float] = []

    def busy() -> httpx.Response:
        times.append(time.monotonic())
        return httpx.Response(429, headers={"Retry-After": "1"})

    failing = Failing(service, busy, lambda all_of_them, _this: all_of_them == 1)
    failing.read()

    assert time.monotonic() - times[0] >= 1.0
    assert len(times) == 1


def test_questions_asked_at_the_same_time_leave_a_busy_server_alone_together() -> None:
    mine = Patience(time.monotonic() + 60)
    told = threading.Thread(
        target=lambda: mine.waits_after(Passing("Busy.", wait_s=3), asked=1, since=time.monotonic())
    )
    told.daemon = True
    told.start()
    until = time.monotonic() + 2
    while mine.quiet_for() <= 0:
        assert time.monotonic() < until

    assert mine.quiet_for() > 0.9


@pytest.mark.parametrize("asked", [1, 2])
def test_nobody_waits_longer_than_a_person_at_a_terminal_would(asked: int) -> None:
    busy = Passing("Busy.", wait_s=LONGEST_WAIT_S + 1)
    began = time.monotonic()

    assert not Patience(began + 60).waits_after(busy, asked=asked, since=began)
    assert not Patience(began + 60).waits_after(Passing("Busy.", wait_s=2), asked=asked, since=began - 7)

    assert time.monotonic() - began < 1


def in_a_while(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


def test_when_to_ask_again_is_read_as_seconds_or_as_a_date() -> None:
    assert asked_wait({"Retry-After": "3"}) == 3.0
    assert 1.0 <= (asked_wait({"Retry-After": in_a_while(4)}) or 0.0) <= 4.0
    assert asked_wait({"Retry-After": in_a_while(-60)}) == 0.0
    assert [asked_wait({"Retry-After": said}) for said in ("", "soon", "-1", "1.5", "³")] == [None] * 5
    assert asked_wait({"Retry-After": "9" * 400}) == 999999999.0
    assert asked_wait({}) is None
