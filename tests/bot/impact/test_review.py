"""The review of an incident names everybody whom it reached, not its own model alone."""

from __future__ import annotations

from datetime import timedelta

from bot.incidents.drafting import write
from storage import registries, reviews
from storage.transaction import Storage
from tests.bot.impact.shop import KIM, LEE, find_affected, keep, shop
from tests.bot.impact.test_one_incident import join
from tests.bot.runs.team import ERIK, START, Team


def impact_of(team: Team) -> str:
    """What the draft says under Impact of whom else it reached."""
    with team.storage.transaction() as tx:
        review = reviews.by_incident(tx, team.id)
        assert review is not None
        draft = write(team.desk(tx, ""), team.incident(), review)
    return draft.partition("Whom else it reached:")[2].partition("## Predictions")[0].strip()


def test_it_lists_who_was_downstream_who_read_the_same_and_what_people_said_of_their_models(storage: Storage) -> None:
    team = shop(storage)
    join(team, LEE, team.type(LEE, "open ranker nothing &lt;is&gt; found", channel="C01GENERAL"))
    team.type(ERIK, "resolve rolled back")
    assert impact_of(team).splitlines() == [
        "- Models downstream when it was opened: refunds",
        "- Systems downstream when it was opened: checkout, manual-review, support-desk",
        (
            "- Models that read the same when it was opened: Search ranking (table:dw.items), "
            "orphan (topic:payments), pages (table:dw.items)"
        ),
        "- Search ranking was hurt, too: nothing &lt;is&gt; found — Lee Okafor, 2026-11-20 14:05 UTC",
    ]


def test_of_an_upstream_it_lists_the_models_that_read_it(storage: Storage) -> None:
    team = shop(storage)
    team.id = team.declare(by=KIM, model="table:dw.items", what="rows doubled")
    find_affected(team)
    team.type(KIM, "resolve backfilled")
    first = impact_of(team).splitlines()[0]
    assert first == "- Models downstream when it was opened: Fraud scoring, Search ranking, refunds, pages"


def test_where_nobody_is_known_it_says_so(storage: Storage) -> None:
    team = shop(storage)
    keep(storage, {"alone": {"owner": "kim@example.com"}})
    team.id = team.declare(by=KIM, model="alone", what="strange")
    find_affected(team)
    team.type(KIM, "resolve it was nothing")
    assert impact_of(team) == "No card named anybody, and nobody named another model."


def test_the_card_is_measured_anew_when_the_review_says_when_it_went_bad(storage: Storage) -> None:
    team = shop(storage)
    with storage.transaction() as tx:
        for version, minutes in (("7", 3000), ("8", 90)):
            at = START - timedelta(minutes=minutes)
            registries.note_aliases(tx, "mlflow", {"fraud-scorer": {"champion": version}}, now=at)
    team.type(ERIK, "resolve rolled back")
    team.settle()
    form = team.press(ERIK, "Fill a gap", team.review_message())
    assert form is not None
    team.send(ERIK, form.modal, field="first_bad_at", text="2026-11-20 13:17")
    assert [row.state for row in team.owed("DrawCard")][-1] != "done"
    assert "champion moved from 7 to 8, 42 minutes before the first bad prediction" in team.card()
