"""A lineage as a picture: everything near is drawn, nothing lies on anything, and what is not drawn is counted."""

from __future__ import annotations

import re
from itertools import combinations, pairwise

import pytest

from playbooks.drawing.palette import BACKGROUND
from playbooks.drawing.picture import Group, Line, Picture, Shape, Words
from playbooks.lineage import Lineage
from playbooks.lineage_picture import paint
from playbooks.lineage_plan import MOST_NODES, Shown, plan
from tests.bench.lineage import catalogue
from tests.playbooks.test_lineage import SHOP, card

BIG = Lineage(catalogue(400))
CHAIN = Lineage([card(f"m{number}", upstreams=f"m{number - 1}", tier="1") for number in range(1, 9)] + [card("m0")])


def shown(lineage: Lineage, text: str, *, most: int = MOST_NODES) -> Shown:
    node = lineage.find(text)
    assert node is not None
    owners = {"ranker": "Maya"}
    return plan(lineage, lineage.affected(node), owner_of=lambda one: owners.get(one.name), said="words", most=most)


def words(one: Shown) -> list[list[str]]:
    """What stands in each column."""
    return [[place.words for place in column.places] for column in one.columns]


def drawn(picture: Picture) -> list[tuple[float, float, float, float]]:
    """(left, top, right, bottom) of each box."""
    boxes = []
    for group in picture.groups:
        shapes = [item for item in group.items if isinstance(item, Shape)]
        if shapes:
            xs, ys = [x for x, _ in shapes[0].points], [y for _, y in shapes[0].points]
            boxes.append((min(xs), min(ys), max(xs), max(ys)))
    return boxes


def test_what_is_read_stands_left_what_is_downstream_right_and_who_reads_the_same_below() -> None:
    one = shown(SHOP, "ranker")
    assert words(one) == [["Clicks", "dw.items"], ["Search ranking", "home-recs"], ["mailer", "app", "web"], ["inbox"]]
    assert [column.heading for column in one.columns] == [
        "Reads from", "The model, and others that read the same", "Directly downstream", "Two steps downstream",
    ]  # fmt: skip
    ways = {(one.columns[a].places[b].words, one.columns[c].places[d].words) for (a, b), (c, d) in one.ways}
    assert {
        ("Clicks", "Search ranking"),
        ("dw.items", "home-recs"),
        ("Search ranking", "web"),
        ("mailer", "inbox"),
    } <= ways
    assert one.columns[1].places[0].notes == ("ranker", "Owner Maya")
    assert one.columns[1].places[0].is_subject


def test_a_way_that_leads_back_is_written_down_and_not_drawn_through_boxes() -> None:
    circle = Lineage([card("a", upstreams="c"), card("b", upstreams="a"), card("c", upstreams="b")])
    one = shown(circle, "a")
    assert words(one) == [["a"], ["b"], ["c"]]
    assert one.columns[2].places[0].notes == ("Also feeds a",)
    assert len(one.ways) == 2


@pytest.mark.parametrize("text", ["topic:clicks", "model-00003", "table:dw.t_7", "system-3"])
def test_no_more_than_sixty_are_drawn_and_the_others_are_counted_by_kind(text: str) -> None:
    one = shown(BIG, text)
    node = BIG.find(text)
    assert node is not None
    affected = BIG.affected(node)
    nodes = [place.node for column in one.columns for place in column.places if place.node is not None]
    assert len(nodes) == len(set(nodes)) <= MOST_NODES
    more = [place.words for column in one.columns for place in column.places if place.node is None]
    counted = sum(int(number) for words in more for number in re.findall(r"\d+", words))
    there = {affected.of, *affected.reads, *affected.models, *(one.node for one in affected.downstream)}
    assert len(nodes) + counted == len(there)


def test_one_kind_that_is_very_many_leaves_room_for_the_others() -> None:
    hub = Lineage([card("hub", consumers=[f"system-{n}" for n in range(100)], upstreams="table:t"),
                   card("other", upstreams="table:t")])  # fmt: skip
    columns = words(shown(hub, "hub"))
    assert columns[0] == ["t"]
    assert columns[1] == ["hub", "other"]
    assert len(columns[2]) == 21
    assert columns[2][-1] == "and 80 more systems"


def test_sixty_are_all_drawn_in_whatever_shape() -> None:
    hub = Lineage([card("hub", consumers=[f"system-{n:02}" for n in range(59)])])
    assert words(shown(hub, "hub"))[1] == [f"system-{n:02}" for n in range(59)]


def test_what_is_far_downstream_stands_in_the_last_column_and_says_through_what() -> None:
    one = shown(CHAIN, "m0")
    assert words(one)[-1] == ["m3", "m4", "m5", "m6", "m7", "m8"]
    assert [place.notes for place in one.columns[-1].places[:3]] == [(), ("Through m3",), ("Through m4",)]


def test_of_very_many_that_read_the_same_those_who_share_what_few_read_are_drawn() -> None:
    crowd = [card(f"m{n:03}", upstreams="topic:clicks", tier="0") for n in range(100)]
    near = [card("me", upstreams="topic:clicks, table:rare"), card("near", upstreams="table:rare", tier="3")]
    drawn_there = words(shown(Lineage([*crowd, *near]), "me"))[1]
    assert "near" in drawn_there
    assert drawn_there[-1] == "and 81 more models"


@pytest.mark.parametrize("text", ["topic:clicks", "model-00003", "system-3"])
def test_boxes_and_ways_keep_clear_of_each_other_and_inside_the_picture(text: str) -> None:
    picture = paint(shown(BIG, text))
    boxes = drawn(picture)
    for one, other in combinations(boxes, 2):
        apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        assert apart, (one, other)
    lines = [item for group in picture.groups for item in group.items if isinstance(item, Line)]
    for line in lines:
        for (x1, y1), (x2, y2) in pairwise(line.points):
            for left, top, right, bottom in boxes:
                inside = min(x1, x2) < right and max(x1, x2) > left and min(y1, y2) < bottom and max(y1, y2) > top
                assert not inside, (line, (left, top, right, bottom))
    points = [
        point
        for group in picture.groups
        for item in group.items
        if not isinstance(item, Words)
        for point in item.points
    ]
    assert all(0 <= x <= picture.width and 0 <= y <= picture.height for x, y in points)
    assert picture.background == BACKGROUND


def test_the_kind_and_the_tier_are_words_and_not_only_a_colour() -> None:
    groups = paint(shown(SHOP, "ranker")).groups
    texts = [item.text for group in groups for item in group.items if isinstance(item, Words)]
    assert {"MODEL · TIER 1", "TABLE", "TOPIC", "SYSTEM"} <= set(texts)
    assert "MODEL · TIER UNKNOWN" in [
        item.text for group in paint(shown(CHAIN, "m0")).groups for item in group.items if isinstance(item, Words)
    ]


def test_three_columns_can_be_read_on_a_phone() -> None:
    """A phone shows 390 points: the names of boxes have at least 8 of them there."""
    chain = Lineage([card("a"), card("b", upstreams="a"), card("c", upstreams="b")])
    assert 17 * 390 / paint(shown(chain, "a")).width >= 8


def test_a_way_between_neighbours_is_straight() -> None:
    chain = Lineage([card("a"), card("b", upstreams="a")])
    [way] = [item for group in paint(shown(chain, "a")).groups for item in group.items if isinstance(item, Line)]
    assert len({y for _, y in way.points}) == 1


def test_long_names_that_differ_at_their_ends_can_be_told_apart() -> None:
    long = "warehouse.marts.recommendations.daily_features_for_everybody.partitioned_by_country_"
    two = Lineage([card("m", upstreams=[f"table:{long}v1", f"table:{long}v2"])])
    texts = [item.text for group in paint(shown(two, "m")).groups for item in group.items if isinstance(item, Words)]
    assert [text for text in texts if text.startswith("…")] == ["…d_by_country_v1", "…d_by_country_v2"]
    assert texts.count("warehouse.marts.") == 2  # and not broken somewhere within a word
    odd = paint(shown(Lineage([card("a" * 67 + "z")]), "a" * 67 + "z"))  # its last line fills its box
    assert {text[-3:] for group in odd.groups for text in _texts(group) if text.startswith("…")} == {"aaz"}


def _texts(group: Group) -> list[str]:
    return [item.text for item in group.items if isinstance(item, Words)]


def test_very_long_names_stay_in_their_box() -> None:
    long = Lineage([card("a" * 300, consumers="b" * 300, upstreams="table:" + "c " * 400)])
    picture = paint(shown(long, "a" * 300))
    assert picture.height < 800
