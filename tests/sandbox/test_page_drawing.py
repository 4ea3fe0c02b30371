"""How Slack's markup and blocks become HTML: as Slack shows them, and with nothing that a text can smuggle in."""

from __future__ import annotations

import json
import re
import time
from html import unescape
from typing import Any

import pytest

from bot.sandbox.blockkit import CONTRACT, faults_in_blocks, with_ids
from bot.sandbox.journal import Journal
from bot.sandbox.page.eye import Eye
from bot.sandbox.page.forms import draw_form, draw_home
from bot.sandbox.page.messages import draw_message
from bot.sandbox.page.mrkdwn import to_html
from bot.sandbox.page.sources import Sources, prose
from bot.sandbox.stage import Stage
from bot.sandbox.transport import Transport
from bot.sandbox.workspace import open_workspace
from tests.sandbox.every_block import BLOCKS, HOSTILE, NEVER_SAID, Strict

Json = dict[str, Any]
PLAIN = {"type": "plain_text", "text": "Words"}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


@pytest.fixture
def eye() -> Eye:
    """Ana's, in Paris."""
    ws = open_workspace()
    transport = Transport(app_id="A", team_id="T", bot_user_id=ws.bot.user_id, signing_secret="s")
    stage = Stage(ws=ws, transport=transport, journal=Journal(ws))
    return Eye(stage, stage.user("ana"))


def shown(eye: Eye, text: str) -> str:
    return str(to_html(eye.stage.ws, text, viewer=eye.viewer))


def drawn(eye: Eye, blocks: list[Json], text: str = "text") -> str:
    ws = eye.stage.ws
    message = ws.post("C01GENERAL", user_id=ws.bot.user_id, text=text, blocks=blocks, by_bot=True)
    return re.sub(r"\s+", " ", str(draw_message(eye, message)))


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*bold* _it_ ~gone~", "<strong>bold</strong> <em>it</em> <s>gone</s>"),
        ("2 * 3 * 4 and snake_case_name", "2 * 3 * 4 and snake_case_name"),
        ("`a *b* <@U02LEEOKA>`", "<code>a *b* @Lee Okafor</code>"),
        ("```\nx < y\n*z*\n```", "<pre><code>x &lt; y\n*z*</code></pre>"),
        ("one\ntwo", "one<br>two"),
        ("&gt; said\n&gt; so\nafter", "<blockquote>said<br>so</blockquote>after"),
        ("a &amp;&lt;b&gt; c", "a &amp;&lt;b&gt; c"),
        ("<@U02LEEOKA>", '<span class="mention">@Lee Okafor</span>'),
        ("<@U01ANAMOR|ana>", '<span class="mention me">@Ana Moreau</span>'),
        ("<#C04PAYMENT>", '<span class="mention">#payments</span>'),
        ("<!subteam^S01RISKDS>", '<span class="mention me">@risk-ds</span>'),
        ("<!here>", '<span class="mention me">@here</span>'),
        ("*<@U02LEEOKA>*", '<strong><span class="mention">@Lee Okafor</span></strong>'),
        ("_*both*_", "<em><strong>both</strong></em>"),
        ("*one _in_ another*", "<strong>one <em>in</em> another</strong>"),
        ("_a *b_ c*", "<em>a *b</em> c*"),
        ("x\n```y```\nz", "x<pre><code>y</code></pre>z"),
        ("&gt;&gt;&gt; all\nthe rest", "<blockquote>all<br>the rest</blockquote>"),
        ("&copy; &amp;copy;", "&amp;copy; &amp;copy;"),
        ("<|x> <nothing> <>", "x &lt;nothing&gt; &lt;&gt;"),
        ("<@U0NOBODY>", '<span class="mention">@somebody</span>'),
        (":pushpin: :no_such_thing:", '<span class="emoji" role="img" aria-label="pushpin">📌</span> :no_such_thing:'),
    ],
)
def test_markup_is_drawn_as_slack_draws_it(eye: Eye, text: str, html: str) -> None:
    assert shown(eye, text) == html


def test_links_lead_only_where_links_may_lead(eye: Eye) -> None:
    assert 'href="https://example.com/a?b=1&amp;c=2"' in shown(eye, "<https://example.com/a?b=1&amp;c=2|here>")
    assert shown(eye, "<javascript:alert(1)|click>") == "click"
    assert ">https://example.com/a_b_c</a>." in shown(eye, "at https://example.com/a_b_c.")
    assert "href" not in shown(eye, "<data:text/html,x|click>")
    assert "href" not in drawn(eye, [{"type": "rich_text", "elements": [
        {"type": "rich_text_section", "elements": [{"type": "link", "url": "javascript:1", "text": "click"}]},
    ]}]).split('class="tools"')[0]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["<script>x</script>", '"><img src=x onerror=y>', "*<b>*", "`<i>`", "\ue0000\ue001", "<!date^1^{time}|<b>>"]
)
def test_no_text_smuggles_markup_in(eye: Eye, text: str) -> None:
    html = shown(eye, text) + drawn(eye, [], text=text)
    assert not re.search(r"<(script|img|b|i)[ >]", html.replace("<b>ml-incident</b>", ""))


def test_dates_are_those_of_the_reader(eye: Eye) -> None:
    stamp = 1_800_000_000  # 2027-01-15 08:00 UTC
    assert ">15 January 2027 at 09:00</time>" in shown(eye, f"<!date^{stamp}^{{date}} at {{time}}|x>")
    lee = Eye(eye.stage, eye.stage.user("kim"))
    assert ">17:00</time>" in shown(lee, f"<!date^{stamp}^{{time}}|x>")
    now = int(eye.stage.ws.now())
    assert ">today" in shown(eye, f"<!date^{now}^{{date_short_pretty}}|x>")
    assert ">1 hour ago<" in shown(eye, f"<!date^{now - 3700}^{{ago}}|x>")
    assert shown(eye, "<!date^soon^{time}|the fallback>") == "the fallback"


def test_every_kind_of_block_is_drawn(eye: Eye) -> None:
    html = drawn(
        eye,
        [
            {"type": "header", "text": PLAIN},
            {"type": "divider"},
            {"type": "section", "text": mrkdwn("*s*"), "fields": [mrkdwn("f1")]},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": "ctx"}]},
            {"type": "image", "image_url": "https://elsewhere.example.com/x.png", "alt_text": "a chart"},
            {"type": "rich_text", "elements": [
                {"type": "rich_text_list", "style": "ordered", "elements": [
                    {"type": "rich_text_section", "elements": [
                        {"type": "text", "text": "first", "style": {"bold": True}},
                    ]},
                ]},
                {"type": "rich_text_quote", "elements": [{"type": "user", "user_id": "U02LEEOKA"}]},
                {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "<code>"}]},
            ]},
            {"type": "video", "title": PLAIN, "alt_text": "v"},
        ],
    )  # fmt: skip
    for piece in (
        '<h3 class="block-heading">Words</h3>', "<hr>", "<strong>s</strong>", "f1", "ctx", "[image: a chart]",
        "<ol", "<strong>first</strong>", "<blockquote>", "@Lee Okafor", "&lt;code&gt;",
    ):  # fmt: skip
        assert piece in html, piece
    assert "elsewhere.example.com" not in html  # nothing is fetched from other machines


def test_controls_have_names_styles_and_questions(eye: Eye) -> None:
    confirm = {"title": PLAIN, "text": PLAIN, "confirm": {"type": "plain_text", "text": "Do it"}, "deny": PLAIN}
    option = {"text": PLAIN, "value": "v1", "description": {"type": "plain_text", "text": "why"}}
    html = drawn(
        eye,
        [
            {"type": "actions", "block_id": "b", "elements": [
                {"type": "button", "text": PLAIN, "action_id": "go", "value": "7", "style": "danger",
                 "accessibility_label": "Go for INC-7", "confirm": confirm},
                {"type": "button", "text": PLAIN, "action_id": "url", "url": "https://example.com/"},
                {"type": "static_select", "action_id": "menu", "placeholder": PLAIN, "options": [option]},
                {"type": "overflow", "action_id": "more", "options": [option]},
                {"type": "users_select", "action_id": "who", "placeholder": {"type": "plain_text", "text": "Who"}},
                {"type": "external_select", "action_id": "ext", "min_query_length": 0},
            ]},
        ],
    )  # fmt: skip
    assert 'class="button danger" aria-label="Go for INC-7"' in html
    assert "&#34;confirm&#34;: &#34;Do it&#34;" in html
    assert '<a class="button" href="https://example.com/"' in html
    assert '<option value="v1" data-says="why">Words</option>' in html
    assert 'name="option" value="v1"' in html
    assert '<select name="option" data-menu data-hint="Who" aria-label="Who"' in html
    assert 'data-suggest="ext"' in html
    assert 'data-min="0"' in html


def test_a_form_has_a_label_for_every_field_and_complaints_below_them(eye: Eye) -> None:
    ws = eye.stage.ws

    def field(kind: str, **more: object) -> Json:
        return {
            "type": "input", "block_id": f"b-{kind}", "label": {"type": "plain_text", "text": f"The {kind}"},
            "element": {"type": kind, "action_id": f"a-{kind}", **more}, "optional": kind != "plain_text_input",
        }  # fmt: skip

    option = {"text": PLAIN, "value": "v1"}
    blocks = [
        field("plain_text_input", initial_value="typed"),
        field("number_input", is_decimal_allowed=False),
        field("datepicker", initial_date="2026-11-20"),
        field("timepicker"),
        field("datetimepicker", initial_date_time=1_800_000_000),
        field("static_select", options=[option]),
        field("multi_users_select", initial_users=["U02LEEOKA"]),
        field("external_select", initial_option=option),
        field("radio_buttons", options=[option], initial_option=option),
        field("checkboxes", options=[option]),
        {"type": "section", "text": PLAIN, "accessory": {"type": "button", "text": PLAIN, "action_id": "press-me"}},
    ]
    view = ws.views.open("U01ANAMOR", {"type": "modal", "title": PLAIN, "submit": PLAIN, "blocks": blocks})
    html = re.sub(
        r"\s+",
        " ",
        str(draw_form(eye, view, here="C", depth=1, complaints={"b-datepicker": "Not a working day"}, trouble="")),
    )
    ids = re.findall(r' id="(f-b-[a-z_]+)"', html)
    labelled = re.findall(r'(?:for|id)="(f-b-[a-z_]+)(?:-label)?"', html)
    assert len(set(ids)) == len(ids)
    for kind in ("plain_text_input", "number_input", "datepicker", "static_select", "external_select"):
        assert f"f-b-{kind}" in ids
        assert labelled.count(f"f-b-{kind}") >= 2, kind
    assert 'value="typed"' in html
    assert 'value="2027-01-15T09:00"' in html  # Paris
    assert '<option value="U02LEEOKA" selected' in html
    assert 'name="field:a-external_select" value="v1" data-text="Words"' in html
    assert 'value="v1" checked' in html
    assert '<p class="complaint" id="f-b-datepicker-complaint">Not a working day</p>' in html
    assert 'aria-describedby="f-b-datepicker-complaint" aria-invalid="true"' in html
    assert 'name="press" value="press-me"' in html


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block["type"])
def test_every_kind_of_block_is_drawn_whole_and_harmless_wherever_it_stands(eye: Eye, block: Json) -> None:
    ws = eye.stage.ws
    blocks = with_ids([block])
    assert faults_in_blocks(blocks) == []
    message = ws.post("C01GENERAL", user_id=ws.bot.user_id, text="text", blocks=blocks, by_bot=True)
    view = ws.views.open(eye.viewer.id, {"type": "modal", "title": PLAIN, "blocks": blocks})
    for html in (
        draw_message(eye, message),
        draw_form(eye, view, here="C", depth=1, complaints={}, trouble=""),
        draw_home(eye, view),
    ):
        read = Strict(str(html))
        assert read.wrong == []
        assert block["type"] in NEVER_SAID or "<script>x</script>" in "".join(read.words)
        assert "elsewhere.example" not in str(html)  # nothing is fetched from other machines


def test_no_kind_of_block_in_the_contract_is_forgotten() -> None:
    definitions = json.loads((CONTRACT / "blockkit.json").read_text("utf-8"))["definitions"]
    known = {one["$ref"].rpartition("/")[2] for one in definitions["KnownBlock"]["anyOf"]}
    types = {definitions[name].get("properties", {}).get("type", {}).get("const", "image") for name in known}
    assert types == {block["type"] for block in BLOCKS}


@pytest.mark.parametrize(
    "text",
    [
        "_a " * 13_000,
        "*a " * 13_000,
        "*a* " * 10_000,
        "*_~" * 13_000,
        "`" * 40_000,
        "<" * 40_000,
        ":" * 40_000,
        "> " * 20_000,
        "http://" * 5_000,
        "http://" + "." * 40_000,
        "<https://x.example|&#57344;0&#57345;>",
    ],
    ids=lambda text: text[:12],
)
def test_no_text_keeps_the_workspace_busy(eye: Eye, text: str) -> None:
    started = time.monotonic()
    shown(eye, text)
    assert time.monotonic() - started < 1.5


def test_a_markdown_file_takes_no_part_of_the_page_and_fetches_nothing(eye: Eye) -> None:
    html = str(prose("# Messages\n\n![x](https://elsewhere.example/x.png)\n\n[a](javascript:x) [b](https://b.example)\n\n"
                     "| a |\n| --: |\n| 1 |\n", ours=False))  # fmt: skip
    assert "<h3>Messages</h3>" in html  # its headings stand below those of the page, and have no id
    assert "id=" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html
    assert 'href="https://b.example" target="_blank" rel="noopener noreferrer"' in html
    assert "style=" not in html


def test_attachments_are_read_like_the_rest_of_a_message(eye: Eye) -> None:
    ws = eye.stage.ws
    attachment = {
        "title": "Alert", "title_link": "https://example.com/", "text": "*drift* seen", "footer": "monitor",
        "fields": [{"title": "Model", "value": "fraud", "short": True}],
    }  # fmt: skip
    message = ws.post("C01GENERAL", user_id=ws.bot.user_id, text="", by_bot=True)
    message.attachments = [attachment, {"fallback": HOSTILE}]
    read = Strict(str(draw_message(eye, message)))
    assert read.wrong == []
    said = " ".join("".join(read.words).split())
    for words in ("Alert", "drift seen", "Model", "fraud", "monitor", HOSTILE):
        assert words in said, words


@pytest.mark.parametrize(
    ("kept", "typed"),
    [
        ("a &amp;lt; b &lt;c&gt;", "a &lt; b <c>"),
        ("<@U02LEEOKA> in <#C04PAYMENT>, <!here>", "@lee in #payments, @here"),
        ("<https://example.com/?a=1&amp;b=2>", "https://example.com/?a=1&b=2"),
    ],
)
def test_an_edit_begins_with_what_was_typed(eye: Eye, kept: str, typed: str) -> None:
    assert eye.source(kept) == typed


def test_buttons_of_a_form_that_share_an_action_are_told_apart_by_their_values(eye: Eye) -> None:
    def press(value: str) -> Json:
        return {"type": "button", "text": PLAIN, "action_id": "same", "value": value}

    blocks: list[Json] = [
        {"type": "section", "block_id": "1", "text": PLAIN, "accessory": press("one")},
        {"type": "section", "block_id": "2", "text": PLAIN, "accessory": press("two")},
    ]
    view = eye.stage.ws.views.open(eye.viewer.id, {"type": "modal", "title": PLAIN, "blocks": blocks})
    html = unescape(str(draw_form(eye, view, here="C", depth=1, complaints={}, trouble="")))
    assert 'name="pressed" value="{"action_id": "same", "value": "one"}"' in html
    assert 'name="pressed" value="{"action_id": "same", "value": "two"}"' in html


def test_docs_are_read_with_anchors_and_nothing_else_is(tmp_path: Any) -> None:
    page = tmp_path / "a.md"
    page.write_text("# A `code` title, yes\n\n<script>x</script>\n\n| a | b |\n| - | - |\n| 1 | 2 |\n", "utf-8")
    sources = Sources({"docs/a.md": str(page)})
    html = str(sources.page("docs/a.md"))
    assert '<h1 id="a-code-title-yes">' in html
    assert "<table>" in html
    assert "<script>" not in html
    assert sources.page("docs/../../etc/passwd") is None
