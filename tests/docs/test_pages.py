"""What the pages tell to type, press and follow is there."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest
import typer

from bot.grammar import WORDS
from bot.main import app
from tests.docs.pages import PAGES, ROOT, anchors, blocks, code, commands, links, rows, text

WHOLE = typer.main.get_command(app)
KNOWN_WORDS = {name for word in WORDS for name in (word.word, *word.aliases)}


def resolve(words: str) -> str | None:
    """Why this is no command of ml-incident; None when it is one."""
    command: Any = WHOLE
    positional = 0
    for word in shlex.split(words.replace("…", "").replace("“", "'").replace("”", "'")):
        inner = getattr(command, "commands", None)
        if inner is not None and not word.startswith("-"):
            if word not in inner:
                return f"{word} is no command; there are {', '.join(inner)}"
            command = inner[word]
        elif word.startswith("-"):
            known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
            if word.split("=")[0] not in known:
                return f"{word} is no option of {command.name}"
        else:
            positional += 1
    takes = any(parameter.param_type_name == "argument" or not parameter.is_flag for parameter in command.params)
    return f"{command.name} takes nothing behind it" if positional and not takes else None


@pytest.mark.parametrize("page", PAGES)
def test_every_command_that_a_page_tells_to_type_exists(page: str) -> None:
    wrong = {words: why for words in commands(page) if (why := resolve(words))}
    assert wrong == {}


def test_the_readme_and_the_guides_do_tell_commands() -> None:
    told = {words.split(" ")[0] for page in PAGES for words in commands(page)}
    assert told >= set(WHOLE.commands), "a command of the command line that no page tells of"  # type: ignore[attr-defined]


def test_a_command_that_does_not_exist_would_be_noticed() -> None:
    assert resolve("outbox lisst") is not None
    assert resolve("serve --log-xml") is not None
    assert resolve("outbox retry 12 15") is None


@pytest.mark.parametrize("page", PAGES)
def test_every_word_of_the_slash_command_on_a_page_is_one(page: str) -> None:
    said = [*code(page), *(line for block in blocks(page) for line in block.splitlines())]
    typed = {match for one in said for match in re.findall(r"(?<!\w)/ml-incident ([a-z-]+)", one)}
    assert typed <= KNOWN_WORDS


def test_the_readme_lists_every_word_of_the_slash_command() -> None:
    cells = [row[0] for head in ("| anywhere | |", "| in an incident's channel | |") for row in rows("README.md", head)]
    listed = {match for cell in cells for match in re.findall(r"`(?:/ml-incident )?([a-z]+)", cell)}
    assert listed == {word.word for word in WORDS}


@pytest.mark.parametrize("page", PAGES)
def test_every_make_target_on_a_page_is_in_the_makefile(page: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    said = [*code(page), *(line for block in blocks(page) for line in block.splitlines())]
    asked = {match for one in said for match in re.findall(r"^\s*make ([a-z][a-z-]*)", one)}
    assert asked <= targets


@pytest.mark.parametrize("page", PAGES)
def test_every_link_inside_the_repository_leads_somewhere(page: str) -> None:
    broken = []
    for link in links(page):
        if link.startswith(("https://", "http://")):
            continue
        file, _, anchor = link.partition("#")
        target = (PAGES[page].parent / file).resolve() if file else PAGES[page]
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_every_page_of_the_guides_is_linked_from_the_readme() -> None:
    assert {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")} <= set(links("README.md"))


def test_the_changelog_begins_with_what_is_not_released_yet() -> None:
    first = re.search(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", text("CHANGELOG.md"), re.MULTILINE | re.DOTALL)
    assert first is not None
    assert first[1] == "Unreleased"
    assert re.search(r"^- ", first[2], re.MULTILINE)
