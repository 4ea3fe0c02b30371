"""The small Slack remembers: what one call changes the next one sees, in Slack's shapes and with Slack's refusals."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from bot.sandbox.strictness import methods
from bot.sandbox.webapi import call
from tests.sandbox.web import ANA, GENERAL, LEE, MAYA, PAYMENTS, SAM, Json, Web, home, modal, text

BOT = "U00MLINCB"


@pytest.fixture
def web() -> Iterator[Web]:
    one = Web()
    yield one
    one.close()


def _pages(web: Web, method: str, key: str, **args: object) -> list[list[Json]]:
    pages, cursor = [], ""
    while True:
        answer = web.ok(method, **args, cursor=cursor)
        pages.append(answer[key])
        cursor = answer.get("response_metadata", {}).get("next_cursor", "")
        if not cursor:
            return pages


class TestTheCompany:
    def test_everybody_of_larkspur_is_there_and_one_has_left(self, web: Web) -> None:
        people = [one for one in web.ws.users.values() if not one.is_bot]
        assert len(people) == 20
        assert [one.name for one in people if one.deleted] == ["sam"]
        assert all(one.email == f"{one.name}@example.com" for one in people)
        mine = web.ok("users.conversations")["channels"]
        assert [one["name"] for one in mine] == ["general", "ml-incidents", "ml-ownership"]

    def test_each_scope_that_is_granted_is_one_that_something_needs(self, web: Web) -> None:
        needed = {scope for method in methods().values() for scope in method.bot_scopes}
        assert web.ws.bot.scopes - needed == {"app_mentions:read", "commands"}


class TestChannels:
    def test_a_name_stays_taken_when_its_channel_is_archived_or_private(self, web: Web) -> None:
        archived, _ = web.channel("inc-1-fraud"), web.channel("inc-2-fraud", is_private=True)
        web.ok("conversations.archive", channel=archived)
        assert web.refusal("conversations.create", name="inc-1-fraud") == "name_taken"
        assert web.refusal("conversations.create", name="inc-2-fraud") == "name_taken"
        assert web.refusal("conversations.archive", channel=archived) == "already_archived"

    @pytest.mark.parametrize(
        ("name", "error"),
        [
            ("INC-1", "invalid_name_specials"),
            ("inc 1", "invalid_name_specials"),
            ("inc.1", "invalid_name_specials"),
            ("#inc", "invalid_name_specials"),
            ("---", "invalid_name_punctuation"),
            ("", "invalid_name_required"),
            ("x" * 81, "invalid_name_maxlength"),
        ],
    )
    def test_a_bad_name_is_refused_with_the_word_for_what_is_bad(self, web: Web, name: str, error: str) -> None:
        assert web.refusal("conversations.create", name=name) == error
        assert web.refusal("conversations.rename", channel=web.channel(), name=name) == error

    def test_its_own_channels_tell_all_that_adoption_asks(self, web: Web) -> None:
        private = web.channel("inc-2-secret", is_private=True)
        closed = web.channel("inc-3-closed")
        web.ok("conversations.archive", channel=closed)
        pages = _pages(web, "users.conversations", "channels", types="public_channel,private_channel", limit=2)
        assert [len(page) for page in pages] == [2, 2, 1]
        known = {one["id"]: one for page in pages for one in page}
        assert set(known) == {GENERAL, "C02MLINCID", "C03OWNERSH", private, closed}
        assert known[private]["is_private"]
        assert known[private]["creator"] == BOT
        assert known[private]["created"] == pytest.approx(web.ws.now(), abs=5)
        assert known[closed]["is_archived"]
        assert known[GENERAL]["creator"] != BOT
        assert "is_member" not in known[closed]
        left = web.ok("users.conversations", exclude_archived=True, types="public_channel")["channels"]
        assert closed not in {one["id"] for one in left}

    def test_the_first_page_is_not_the_answer(self, web: Web) -> None:
        for number in range(30):
            web.channel(f"inc-{number}-x")
        assert len(web.ok("users.conversations")["channels"]) == 20
        assert sum(map(len, _pages(web, "users.conversations", "channels"))) == 33
        assert (
            len(web.ok("users.list")["members"])
            < len(web.ws.users)
            == sum(map(len, _pages(web, "users.list", "members")))
        )
        people = _pages(web, "conversations.members", "members", channel=GENERAL, limit=7)
        assert [len(page) for page in people] == [7, 7, 6]

    def test_a_private_channel_of_others_does_not_exist(self, web: Web) -> None:
        hidden = web.ws.create_channel("secret", creator=ANA, is_private=True)
        for method in ("conversations.info", "conversations.members", "conversations.history", "pins.list"):
            assert web.refusal(method, channel=hidden.id) == "channel_not_found"
        listed = web.ok("conversations.list", types="public_channel,private_channel", limit=200)["channels"]
        assert hidden.id not in {one["id"] for one in listed}
        theirs = web.ok("users.conversations", user=ANA, types="public_channel,private_channel")["channels"]
        assert hidden.id not in {one["id"] for one in theirs}
        assert PAYMENTS in {one["id"] for one in theirs}

    def test_topic_and_purpose_are_kept_and_said(self, web: Web) -> None:
        channel = web.channel()
        web.ok("conversations.setTopic", channel=channel, topic="SEV2 · investigating")
        web.ok("conversations.setPurpose", channel=channel, purpose="Scores are zero")
        body = web.ok("conversations.info", channel=channel, include_num_members=True)["channel"]
        assert body["topic"]["value"] == "SEV2 · investigating"
        assert body["topic"]["creator"] == BOT
        assert body["purpose"]["value"] == "Scores are zero"
        assert (body["num_members"], body["is_member"]) == (1, True)
        said = web.ok("conversations.history", channel=channel)["messages"]
        assert [one["subtype"] for one in said] == ["channel_purpose", "channel_topic", "channel_join"]

    def test_renaming_frees_the_old_name_and_is_for_the_creator(self, web: Web) -> None:
        channel = web.channel("inc-1-old")
        body = web.ok("conversations.rename", channel=channel, name="inc-1-new")["channel"]
        assert (body["name"], body["previous_names"]) == ("inc-1-new", ["inc-1-old"])
        assert web.channel("inc-1-old") != channel
        assert web.refusal("conversations.rename", channel=channel, name="inc-1-old") == "name_taken"
        assert web.refusal("conversations.rename", channel="C02MLINCID", name="mine") == "not_authorized"

    def test_nothing_is_said_or_changed_in_an_archived_channel(self, web: Web) -> None:
        channel = web.channel()
        web.ok("conversations.archive", channel=channel)
        assert web.refusal("chat.postMessage", channel=channel, text="hello") == "is_archived"
        assert web.refusal("conversations.setTopic", channel=channel, topic="x") == "is_archived"
        assert web.refusal("conversations.invite", channel=channel, users=ANA) == "is_archived"
        assert web.ok("conversations.history", channel=channel)["messages"]

    def test_joining_and_leaving(self, web: Web) -> None:
        assert web.refusal("conversations.setTopic", channel=PAYMENTS, topic="x") == "not_in_channel"
        web.ok("conversations.join", channel=PAYMENTS)
        assert web.ok("conversations.join", channel=PAYMENTS)["warning"] == "already_in_channel"
        web.ok("conversations.leave", channel=PAYMENTS)
        assert web.ok("conversations.leave", channel=PAYMENTS)["not_in_channel"]
        assert web.refusal("conversations.leave", channel=GENERAL) == "cant_leave_general"
        assert web.refusal("conversations.archive", channel=GENERAL) == "cant_archive_general"

    def test_direct_messages_are_one_conversation_for_each_person(self, web: Web) -> None:
        first = web.ok("conversations.open", users=ANA)["channel"]["id"]
        assert web.ok("conversations.open", users=ANA, return_im=True)["channel"]["user"] == ANA
        assert web.ok("chat.postMessage", channel=ANA, text="psst")["channel"] == first
        group = web.ok("conversations.open", users=f"{ANA},{LEE}")["channel"]["id"]
        assert group != first
        kinds = web.ok("users.conversations", types="im,mpim")["channels"]
        assert {one["id"] for one in kinds} == {first, group}
        assert web.refusal("conversations.open", users=SAM) == "user_disabled"
        assert web.refusal("conversations.open", users="U404") == "user_not_found"
        assert web.refusal("conversations.invite", channel=first, users=LEE) == "method_not_supported_for_channel_type"


class TestInvites:
    def test_one_who_cannot_be_invited_stops_all_without_force(self, web: Web) -> None:
        channel = web.channel()
        answer = web.call("conversations.invite", channel=channel, users=f"{ANA},{SAM},U404,{BOT}")
        assert not answer["ok"]
        assert {one["user"]: one["error"] for one in answer["errors"]} == {
            SAM: "cant_invite",
            "U404": "user_not_found",
            BOT: "cant_invite_self",
        }
        assert web.ok("conversations.members", channel=channel)["members"] == [BOT]

    def test_with_force_the_others_come_and_each_refusal_is_told(self, web: Web) -> None:
        channel = web.channel()
        web.ok("conversations.invite", channel=channel, users=LEE)
        answer = web.ok("conversations.invite", channel=channel, users=f"{ANA},{SAM},{LEE}", force=True)
        assert {one["user"]: one["error"] for one in answer["errors"]} == {
            SAM: "cant_invite",
            LEE: "already_in_channel",
        }
        assert web.ok("conversations.members", channel=channel)["members"] == [BOT, LEE, ANA]

    def test_one_person_alone_is_refused_with_a_plain_error(self, web: Web) -> None:
        channel = web.channel()
        web.ok("conversations.invite", channel=channel, users=ANA)
        for user, error in ((ANA, "already_in_channel"), (BOT, "cant_invite_self"), (SAM, "cant_invite")):
            assert web.call("conversations.invite", channel=channel, users=user, force=True) == {
                "ok": False,
                "error": error,
            }

    def test_the_bot_must_be_there_itself(self, web: Web) -> None:
        assert web.refusal("conversations.invite", channel=PAYMENTS, users=MAYA) == "not_in_channel"


class TestMessages:
    def test_a_message_is_shaped_as_slack_shapes_it(self, web: Web) -> None:
        blocks = [{"type": "actions", "elements": [{"type": "button", "text": text("Resolve")}]}]
        answer = web.ok("chat.postMessage", channel=GENERAL, text="card", blocks=blocks)
        said = answer["message"]
        assert (said["user"], said["bot_id"], said["app_id"], said["team"]) == (
            BOT,
            "B00MLINCB",
            "A00MLINCB",
            "T00LARKSP",
        )
        assert said["ts"] == answer["ts"]
        assert said["blocks"][0]["block_id"]
        assert said["blocks"][0]["elements"][0]["action_id"]

    def test_a_channel_is_found_by_name_too(self, web: Web) -> None:
        assert web.ok("chat.postMessage", channel="#general", text="hi")["channel"] == GENERAL

    def test_history_is_newest_first_and_has_no_replies(self, web: Web) -> None:
        parent, later = web.post(text="parent"), web.post(text="later")
        reply = web.post(text="reply", thread_ts=parent)
        newest = web.ok("conversations.history", channel=GENERAL, limit=2)
        assert [one["ts"] for one in newest["messages"]] == [later, parent]
        assert newest["has_more"]
        assert newest["messages"][1]["reply_count"] == 1
        assert newest["messages"][1]["latest_reply"] == reply
        # Asking history for the timestamp of a reply answers with another message.
        wrong = web.ok("conversations.history", channel=GENERAL, latest=reply, inclusive=True, limit=1)
        assert [one["ts"] for one in wrong["messages"]] == [later]
        right = web.ok("conversations.replies", channel=GENERAL, ts=reply)
        assert [one["ts"] for one in right["messages"]] == [reply]
        assert right["messages"][0]["parent_user_id"] == BOT

    def test_history_between_two_times(self, web: Web) -> None:
        stamps = [web.post(text=str(number)) for number in range(5)]

        def shown(**args: object) -> list[str]:
            return [one["ts"] for one in web.ok("conversations.history", channel=GENERAL, **args)["messages"]]

        assert shown(oldest=stamps[1], latest=stamps[3]) == [stamps[2]]
        assert shown(oldest=stamps[1], latest=stamps[3], inclusive=True) == stamps[3:0:-1]
        assert shown(oldest=stamps[3]) == [stamps[4]]
        assert shown(latest=stamps[4], inclusive=True, limit=1) == [stamps[4]]
        pages = _pages(web, "conversations.history", "messages", channel=GENERAL, oldest=stamps[0], limit=3)
        assert [one["ts"] for page in pages for one in page] == stamps[:0:-1]

    def test_a_thread_is_read_page_by_page_with_its_parent(self, web: Web) -> None:
        parent = web.post()
        stamps = [web.post(text=str(number), thread_ts=parent) for number in range(5)]
        pages = _pages(web, "conversations.replies", "messages", channel=GENERAL, ts=parent, limit=2)
        assert [[one["ts"] for one in page] for page in pages] == [
            [parent, *stamps[:2]],
            [parent, *stamps[2:4]],
            [parent, stamps[4]],
        ]
        assert web.refusal("conversations.replies", channel=GENERAL, ts="1.000001") == "thread_not_found"
        assert (
            web.refusal("chat.postMessage", channel=GENERAL, text="x", thread_ts=stamps[0]) == "cannot_reply_to_message"
        )

    def test_metadata_comes_back_only_when_asked_for(self, web: Web) -> None:
        key = {"event_type": "ml_incident_effect", "event_payload": {"key": "INC-1/card"}}
        ts = web.post(metadata=key)
        reply = web.post(thread_ts=ts, metadata=key)
        assert "metadata" not in web.ok("conversations.history", channel=GENERAL, limit=1)["messages"][0]
        found = web.ok("conversations.history", channel=GENERAL, limit=1, include_all_metadata=True)["messages"]
        assert (found[0]["ts"], found[0]["metadata"]) == (ts, key)
        thread = web.ok("conversations.replies", channel=GENERAL, ts=ts, include_all_metadata=True)["messages"]
        assert (thread[1]["ts"], thread[1]["metadata"]) == (reply, key)

    def test_an_update_keeps_what_it_does_not_name(self, web: Web) -> None:
        key = {"event_type": "card", "event_payload": {"key": "1"}}
        ts = web.post(text="one", blocks=[{"type": "divider"}], metadata=key)
        message = web.ok("chat.update", channel=GENERAL, ts=ts, text="two")["message"]
        assert (message["text"], message["blocks"][0]["type"], message["metadata"]) == ("two", "divider", key)
        assert message["edited"]["user"] == BOT
        assert "blocks" not in web.ok("chat.update", channel=GENERAL, ts=ts, text="three", blocks=[])["message"]
        assert web.events[-1]["subtype"] == "message_changed"
        assert web.events[-1]["previous_message"]["text"] == "two"

    def test_only_its_own_messages_are_changed_or_deleted(self, web: Web) -> None:
        theirs = web.ws.post(GENERAL, user_id=ANA, text="mine").ts
        assert web.refusal("chat.update", channel=GENERAL, ts=theirs, text="x") == "cant_update_message"
        assert web.refusal("chat.delete", channel=GENERAL, ts=theirs) == "cant_delete_message"
        ts = web.post()
        web.ok("chat.delete", channel=GENERAL, ts=ts)
        for method in ("chat.update", "chat.delete"):
            assert (
                web.refusal(method, channel=GENERAL, ts=ts, **({"text": "x"} if "up" in method else {}))
                == "message_not_found"
            )
        assert web.refusal("chat.getPermalink", channel=GENERAL, message_ts=ts) == "message_not_found"

    def test_a_parent_that_is_deleted_leaves_its_thread(self, web: Web) -> None:
        parent = web.post(text="parent")
        reply = web.post(text="reply", thread_ts=parent)
        web.ok("chat.delete", channel=GENERAL, ts=parent)
        thread = web.ok("conversations.replies", channel=GENERAL, ts=parent)["messages"]
        assert [one["ts"] for one in thread] == [parent, reply]
        assert (thread[0]["subtype"], thread[0]["text"]) == ("tombstone", "This message was deleted.")

    def test_an_ephemeral_message_is_in_no_history(self, web: Web) -> None:
        web.ok("chat.postEphemeral", channel=GENERAL, user=ANA, text="only you")
        assert web.ok("conversations.history", channel=GENERAL, limit=1)["messages"][0]["text"] != "only you"
        assert [one.text for one in web.ws.ephemerals if one.ephemeral_to == ANA] == ["only you"]
        assert web.refusal("chat.postEphemeral", channel=GENERAL, user=SAM, text="x") == "user_not_in_channel"

    def test_a_permalink_of_a_reply_names_its_thread(self, web: Web) -> None:
        parent = web.post()
        reply = web.post(thread_ts=parent)
        link = web.ok("chat.getPermalink", channel=GENERAL, message_ts=reply)["permalink"]
        assert link.endswith(f"/archives/{GENERAL}/p{reply.replace('.', '')}?thread_ts={parent}&cid={GENERAL}")

    def test_another_name_needs_the_scope_for_it(self, web: Web) -> None:
        assert (
            web.call("chat.postMessage", channel=GENERAL, text="x", username="Slack")["needed"]
            == "chat:write.customize"
        )

    @pytest.mark.parametrize(
        "block",
        [
            {"type": "section"},
            {"type": "section", "text": text("x"), "colour": "red"},
            {"type": "section", "text": {"type": "markdown", "text": "x"}},
            {"type": "actions", "elements": []},
            {"type": "actions", "elements": [{"type": "button", "text": {"type": "mrkdwn", "text": "x"}}]},
            {"type": "actions", "elements": [{"type": "static_select"}]},
            {"type": "actions", "elements": [{"type": "button", "text": text("x"), "style": "blue"}]},
            {"type": "actions", "elements": [{"type": "button", "text": text("x"), "action_id": "a"}] * 2},
            {"type": "image", "image_url": "https://example.com/a.png"},
            {"type": "newsletter"},
            {"type": "image", "image_url": "chart.png", "alt_text": "a chart"},
            {"type": "actions", "elements": [{"type": "button", "text": text("x"), "url": "our wiki"}]},
            {
                "type": "actions",
                "elements": [
                    {
                        "type": "static_select",
                        "options": [{"text": text("SEV1"), "value": "sev1"}],
                        "initial_option": {"text": text("SEV1!"), "value": "sev1"},
                    }
                ],
            },
            {"text": text("x")},
        ],
    )
    def test_a_malformed_block_is_refused_and_pointed_at(self, web: Web, block: Json) -> None:
        answer = web.call("chat.postMessage", channel=GENERAL, text="x", blocks=[block])
        assert answer["error"] == "invalid_blocks"
        assert answer["response_metadata"]["messages"][0].startswith("[ERROR] ")

    def test_two_blocks_with_one_id_are_refused(self, web: Web) -> None:
        twice = [{"type": "divider", "block_id": "same"}] * 2
        assert web.refusal("chat.postMessage", channel=GENERAL, text="x", blocks=twice) == "invalid_blocks"


class TestMarks:
    def test_reactions_are_given_once_and_taken_away_once(self, web: Web) -> None:
        ts = web.post()
        web.ok("reactions.add", channel=GENERAL, timestamp=ts, name="pushpin")
        assert web.refusal("reactions.add", channel=GENERAL, timestamp=ts, name="pushpin") == "already_reacted"
        web.ws.react(GENERAL, ts, "pushpin", ANA)
        message = web.ok("reactions.get", channel=GENERAL, timestamp=ts, full=True)["message"]
        assert message["reactions"] == [{"name": "pushpin", "users": [BOT, ANA], "count": 2}]
        web.ok("reactions.remove", channel=GENERAL, timestamp=ts, name="pushpin")
        assert web.refusal("reactions.remove", channel=GENERAL, timestamp=ts, name="pushpin") == "no_reaction"
        assert [one["type"] for one in web.events if "reaction" in one["type"]] == [
            "reaction_added",
            "reaction_added",
            "reaction_removed",
        ]
        assert web.refusal("reactions.add", channel=GENERAL, timestamp="1.000001", name="eyes") == "message_not_found"

    def test_pins(self, web: Web) -> None:
        first, second = web.post(text="card"), web.post(text="step")
        for ts in (first, second):
            web.ok("pins.add", channel=GENERAL, timestamp=ts)
        assert web.refusal("pins.add", channel=GENERAL, timestamp=first) == "already_pinned"
        items = web.ok("pins.list", channel=GENERAL)["items"]
        assert [one["message"]["ts"] for one in items] == [second, first]
        assert items[0]["created_by"] == BOT
        assert web.ok("conversations.history", channel=GENERAL, limit=1)["pin_count"] == 2
        web.ok("pins.remove", channel=GENERAL, timestamp=first)
        assert web.refusal("pins.remove", channel=GENERAL, timestamp=first) == "no_pin"
        web.ok("chat.delete", channel=GENERAL, ts=second)
        assert web.ok("pins.list", channel=GENERAL)["items"] == []

    def test_bookmarks_are_not_deduplicated(self, web: Web) -> None:
        link = {"channel_id": GENERAL, "title": "Runbook", "type": "link", "link": "https://example.com/r"}
        first = web.ok("bookmarks.add", **link, emoji=":book:")["bookmark"]
        second = web.ok("bookmarks.add", **link)["bookmark"]
        assert first["id"] != second["id"]
        web.ok("bookmarks.edit", channel_id=GENERAL, bookmark_id=first["id"], title="New")
        web.ok("bookmarks.remove", channel_id=GENERAL, bookmark_id=second["id"])
        assert [one["title"] for one in web.ok("bookmarks.list", channel_id=GENERAL)["bookmarks"]] == ["New"]
        assert web.refusal("bookmarks.remove", channel_id=GENERAL, bookmark_id=second["id"]) == "not_found"
        assert web.refusal("bookmarks.list", channel_id=PAYMENTS) == "access_denied"


class TestFiles:
    def test_an_upload_is_reserved_sent_and_completed_once(self, web: Web) -> None:
        content = b"# Review of INC-1"
        reserved = web.ok("files.getUploadURLExternal", filename="review-INC-1.md", length=len(content))
        files = [{"id": reserved["file_id"], "title": "Review"}]
        assert web.refusal("files.completeUploadExternal", files=files, channel_id=GENERAL) == "file_not_found"
        assert web.refusal("files.info", file=reserved["file_id"]) == "file_not_found"
        assert web.request("POST", reserved["upload_url"], content=content).text == f"OK - {len(content)}"
        web.ok("files.completeUploadExternal", files=files, channel_id=GENERAL, initial_comment="Draft")
        assert web.refusal("files.completeUploadExternal", files=files, channel_id=GENERAL) == "file_not_found"
        message = web.ok("conversations.history", channel=GENERAL, limit=1)["messages"][0]
        assert (message["text"], message["files"][0]["title"]) == ("Draft", "Review")
        body = web.ok("files.info", file=reserved["file_id"])
        assert body["file"]["shares"]["public"][GENERAL][0]["ts"] == message["ts"]
        headers = {"Authorization": "Bearer xoxb-sandbox"}
        assert web.request("GET", body["file"]["url_private"], headers=headers).content == content
        assert web.request("GET", body["file"]["url_private"]).status_code == 403

    def test_a_file_reaches_no_channel_that_the_bot_is_not_in(self, web: Web) -> None:
        file_id = web.upload()
        assert (
            web.refusal("files.completeUploadExternal", files=[{"id": file_id}], channel_id=PAYMENTS)
            == "not_in_channel"
        )
        web.ok("files.completeUploadExternal", files=[{"id": file_id}], channel_id=GENERAL)


class TestPeople:
    def test_people_are_found_by_email_unless_they_have_left(self, web: Web) -> None:
        assert web.ok("users.lookupByEmail", email="Ana@Example.com")["user"]["id"] == ANA
        assert web.refusal("users.lookupByEmail", email="sam@example.com") == "users_not_found"
        assert web.ok("users.info", user=SAM)["user"]["deleted"]
        user = web.ok("users.info", user=ANA)["user"]
        assert (user["real_name"], user["tz"], user["profile"]["email"]) == (
            "Ana Moreau",
            "Europe/Paris",
            "ana@example.com",
        )

    def test_addresses_are_hidden_without_the_scope_for_them(self, web: Web) -> None:
        web.ws.bot.scopes.discard("users:read.email")
        assert "email" not in web.ok("users.info", user=ANA)["user"]["profile"]

    def test_who_leaves_the_company_leaves_its_channels(self, web: Web) -> None:
        web.ws.deactivate(LEE)
        assert LEE not in web.ok("conversations.members", channel=GENERAL, limit=200)["members"]
        assert web.events[-1]["type"] == "user_change"
        assert web.events[-1]["user"]["deleted"]

    def test_guests_are_told_from_members_and_those_of_one_channel_come_into_no_other(self, web: Web) -> None:
        web.ws.users[LEE].guest, web.ws.users[ANA].guest = "one", "many"
        flags = {
            user: [web.ok("users.info", user=user)["user"][flag] for flag in ("is_restricted", "is_ultra_restricted")]
            for user in (LEE, ANA)
        }
        assert flags == {LEE: [True, True], ANA: [True, False]}
        channel = web.ok("conversations.create", name="for-guests")["channel"]["id"]
        assert web.refusal("conversations.invite", channel=channel, users=LEE) == "ura_max_channels"
        assert web.ok("conversations.invite", channel=channel, users=ANA)

    def test_who_am_i(self, web: Web) -> None:
        response = web.request("GET", "/api/auth.test", headers={"Authorization": "Bearer xoxb-sandbox"})
        assert response.json()["user_id"] == BOT
        assert "chat:write" in response.headers["X-OAuth-Scopes"].split(",")

    def test_user_groups(self, web: Web) -> None:
        groups = web.ok("usergroups.list", include_users=True, include_count=True)["usergroups"]
        assert {one["handle"]: one["user_count"] for one in groups} == {"risk-ds": 3, "ml-oncall": 1}
        assert web.refusal("usergroups.users.list", usergroup="S404") == "no_such_subteam"


class TestViews:
    def test_a_trigger_works_once(self, web: Web) -> None:
        trigger_id = web.ws.views.issue_trigger(ANA)
        view = web.ok("views.open", trigger_id=trigger_id, view=modal(private_metadata="INC-1"))["view"]
        assert (view["private_metadata"], view["root_view_id"], view["state"]) == ("INC-1", view["id"], {"values": {}})
        assert web.refusal("views.open", trigger_id=trigger_id, view=modal()) == "exchanged_trigger_id"
        assert web.refusal("views.open", trigger_id="1.2.3", view=modal()) == "invalid_trigger_id"

    def test_a_refused_view_does_not_use_the_trigger_up(self, web: Web) -> None:
        trigger_id = web.ws.views.issue_trigger(ANA)
        assert web.refusal("views.open", trigger_id=trigger_id, view={"type": "modal"}) == "invalid_arguments"
        web.ok("views.open", trigger_id=trigger_id, view=modal())

    def test_a_view_is_updated_by_its_id_and_hash(self, web: Web) -> None:
        trigger_id = web.ws.views.issue_trigger(ANA)
        view = web.ok("views.open", trigger_id=trigger_id, view=modal(external_id="open-form"))["view"]
        changed = web.ok("views.update", view_id=view["id"], hash=view["hash"], view=modal(callback_id="two"))["view"]
        assert changed["callback_id"] == "two"
        assert web.refusal("views.update", view_id=view["id"], hash=view["hash"], view=modal()) == "hash_conflict"
        assert web.refusal("views.update", view_id="V404", view=modal()) == "not_found"

    def test_an_external_id_is_used_by_one_view(self, web: Web) -> None:
        web.ok("views.open", trigger_id=web.ws.views.issue_trigger(ANA), view=modal(external_id="x"))
        trigger_id = web.ws.views.issue_trigger(LEE)
        assert web.refusal("views.open", trigger_id=trigger_id, view=modal(external_id="x")) == "duplicate_external_id"

    def test_a_push_stands_on_what_is_open(self, web: Web) -> None:
        trigger_id = web.ws.views.issue_trigger(ANA)
        assert web.refusal("views.push", trigger_id=trigger_id, view=modal()) == "not_found"
        below = web.ok("views.open", trigger_id=web.ws.views.issue_trigger(ANA), view=modal())["view"]
        above = web.ok("views.push", trigger_id=web.ws.views.issue_trigger(ANA), view=modal())["view"]
        assert (above["previous_view_id"], above["root_view_id"]) == (below["id"], below["id"])

    def test_a_modal_with_an_input_needs_a_submit_button(self, web: Web) -> None:
        question = {"type": "input", "label": text("What"), "element": {"type": "plain_text_input"}}
        trigger_id = web.ws.views.issue_trigger(ANA)
        assert web.refusal("views.open", trigger_id=trigger_id, view=modal(question)) == "invalid_arguments"
        web.ok("views.open", trigger_id=trigger_id, view=modal(question, submit=text("Open")))

    def test_a_home_tab_is_published_and_replaced(self, web: Web) -> None:
        first = web.ok("views.publish", user_id=ANA, view=home())["view"]
        second = web.ok("views.publish", user_id=ANA, hash=first["hash"], view=home())["view"]
        assert (second["id"], second["type"]) == (first["id"], "home")
        assert web.refusal("views.publish", user_id=ANA, hash=first["hash"], view=home()) == "hash_conflict"
        assert web.refusal("views.publish", user_id=ANA, view=modal()) == "invalid_arguments"


class TestEvents:
    def test_what_happens_is_told_in_slacks_shapes(self, web: Web) -> None:
        channel = web.channel()
        web.ok("conversations.invite", channel=channel, users=ANA)
        ts = web.ws.post(channel, user_id=ANA, text="found it").ts
        web.ws.post(channel, user_id=ANA, text="in the thread", thread_ts=ts)
        web.ws.edit(channel, ts, user_id=ANA, text="found it!")
        web.ok("pins.add", channel=channel, timestamp=ts)
        kinds = [(one["type"], one.get("subtype")) for one in web.events]
        assert kinds == [
            ("channel_created", None),
            ("message", "channel_join"),
            ("member_joined_channel", None),
            ("message", "channel_join"),
            ("member_joined_channel", None),
            ("message", None),
            ("message", None),
            ("message", "message_changed"),
            ("pin_added", None),
        ]
        assert web.events[4]["inviter"] == BOT
        assert web.events[6]["thread_ts"] == ts
        assert web.events[7]["message"]["text"] == "found it!"
        assert all(one["event_ts"] for one in web.events)

    def test_timestamps_only_grow_when_the_clock_goes_back(self, web: Web) -> None:
        web.ws.clock_offset = 7200
        later = web.post()
        web.ws.clock_offset = 0
        assert web.post() > later


class TestTheLog:
    def test_each_call_is_written_down_with_how_it_went(self, web: Web) -> None:
        web.ok("auth.test")
        web.refusal("chat.postMessage", channel="C404", text="x")
        first, second = web.ws.calls
        assert (first["n"], first["method"], first["ok"]) == (1, "auth.test", True)
        assert (second["n"], second["args"], second["error"]) == (
            2,
            {"channel": "C404", "text": "x"},
            "channel_not_found",
        )
        assert second["ms"] < 1000

    def test_a_fault_answers_in_place_of_the_call(self, web: Web) -> None:
        web.faults.add(method="chat.postMessage", kind="ratelimited", retry_after=7)
        headers = {"Authorization": "Bearer xoxb-sandbox"}
        args = {"channel": GENERAL, "text": "once"}
        response = web.request("POST", "/api/chat.postMessage", data=args, headers=headers)
        assert (response.status_code, response.headers["Retry-After"]) == (429, "7")
        assert web.ws.calls[-1]["error"] == "ratelimited"
        assert web.ok("conversations.history", channel=GENERAL, limit=1)["messages"][0]["text"] != "once"
        web.ok("chat.postMessage", **args)

    def test_a_call_takes_about_a_millisecond(self, web: Web) -> None:
        async def burst() -> float:
            loop = asyncio.get_running_loop()
            began = loop.time()
            for _ in range(500):
                args = {"channel": GENERAL, "text": "x", "blocks": [{"type": "divider"}] * 10}
                assert (await call(web.ws, "chat.postMessage", args, token="xoxb-sandbox"))["ok"]
            return (loop.time() - began) / 500

        assert asyncio.run(burst()) < 0.005
