"""The emoji that people at work use, by the names that Slack gives them. What is not here is shown as `:name:`."""

from __future__ import annotations

NAMES = {
    "+1": "👍", "-1": "👎", "100": "💯", "alarm_clock": "⏰", "arrow_down": "⬇️", "arrow_forward": "▶️", "arrow_right": "➡️",
    "arrow_up": "⬆️", "ballot_box_with_check": "☑️", "bar_chart": "📊", "beers": "🍻", "bell": "🔔", "books": "📚",
    "bug": "🐛", "bulb": "💡", "calendar": "📅", "chart_with_downwards_trend": "📉", "chart_with_upwards_trend": "📈",
    "clap": "👏", "clipboard": "📋", "coffee": "☕", "construction": "🚧", "cry": "😢", "eyes": "👀", "fire": "🔥",
    "fire_engine": "🚒", "gear": "⚙️", "grey_question": "❔", "hammer_and_wrench": "🛠️", "heart": "❤️",
    "heavy_check_mark": "✔️", "hourglass": "⌛", "hourglass_flowing_sand": "⏳", "information_source": "ℹ️", "joy": "😂",
    "key": "🔑", "large_blue_circle": "🔵", "large_green_circle": "🟢", "large_orange_circle": "🟠",
    "large_yellow_circle": "🟡", "link": "🔗", "lock": "🔒", "mag": "🔍", "mega": "📣", "memo": "📝", "muscle": "💪",
    "no_entry": "⛔", "ok_hand": "👌", "package": "📦", "page_facing_up": "📄", "pencil": "📝", "pencil2": "✏️",
    "point_right": "👉", "pray": "🙏", "pushpin": "📌", "question": "❓", "raised_hands": "🙌", "red_circle": "🔴",
    "robot_face": "🤖", "rocket": "🚀", "rotating_light": "🚨", "scream": "😱", "see_no_evil": "🙈", "shrug": "🤷",
    "siren": "🚨", "slightly_smiling_face": "🙂", "smile": "😄", "sob": "😭", "star": "⭐", "stopwatch": "⏱️", "tada": "🎉",
    "telephone_receiver": "📞", "thinking_face": "🤔", "thumbsdown": "👎", "thumbsup": "👍", "ticket": "🎫", "tools": "🛠️",
    "warning": "⚠️", "wave": "👋", "white_check_mark": "✅", "white_circle": "⚪", "wrench": "🔧", "x": "❌", "zap": "⚡",
    "zzz": "💤",
}  # fmt: skip

# Offered first when somebody reacts: those that mean something to an incident bot, then the usual ones.
OFFERED = ("pushpin", "ballot_box_with_check", "eyes", "+1", "white_check_mark", "pray", "tada")


def character(name: str) -> str:
    """The character of an emoji; `:name:` when it has none here."""
    return NAMES.get(name.split("::", maxsplit=1)[0], f":{name}:")
