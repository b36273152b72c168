"""Every action with its id, default keys and help: the one list behind keys, help, palette and remapping.

Imports nothing of Textual, so that `crisis-tui keys` stays light.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Place = Literal[
    "anywhere",
    "main",
    "feed",
    "gauge",
    "checklist",
    "statement",
    "mention",
    "story",
    "feeds",
    "watches",
    "reading",
]


@dataclass(frozen=True)
class Action:
    """One thing a person can do. `keys` are Textual key names, separated by commas."""

    id: str
    place: Place
    keys: str
    title: str
    help: str
    hint: str = ""
    """A word for the bottom line, empty for actions that need no reminder."""
    by_screen: bool = False
    """True for what a pane can't do alone: the screen has the method."""

    @property
    def method(self) -> str:
        """The name of the Textual action: `action_` plus this, on the pane or on the screen."""
        place, name = self.id.split(".", 1)
        return f"{place}_{name}" if self.by_screen else name


PLACES: dict[Place, str] = {
    "anywhere": "Anywhere",
    "main": "Panes (not while typing)",
    "feed": "Feed",
    "mention": "Mention in full",
    "story": "Mentions of one story",
    "gauge": "Severity",
    "checklist": "Checklist",
    "statement": "Statement",
    "feeds": "Feeds and their health",
    "watches": "Watches",
    "reading": "Help and long texts",
}
"""The places in the order of the help screen, with their headings."""


def _rows(place: Place, row: str) -> tuple[Action, ...]:
    """Moving in a list of rows."""
    return (
        Action(f"{place}.cursor_up", place, "up,k", "Up", f"to the {row} above"),
        Action(f"{place}.cursor_down", place, "down,j", "Down", f"to the {row} below"),
        Action(f"{place}.page_up", place, "pageup,b", "Page up", "a page up"),
        Action(f"{place}.page_down", place, "pagedown,space", "Page down", "a page down"),
        Action(f"{place}.home", place, "home,g", "First", f"to the first {row}"),
        Action(f"{place}.end", place, "end,G", "Last", f"to the last {row}"),
    )


def _triage(place: Place) -> tuple[Action, ...]:
    """Deciding about the chosen mention: the same keys on its row and where it lies open."""
    rows = (
        ("monitor", "m", "Monitor", "answer M: watch it, say nothing; again takes it back"),
        ("fix_facts", "F", "Fix facts", "answer F: set right what is wrong; again takes it back"),
        ("restore", "r", "Restore", "answer R: make it right with the person; again takes it back"),
        ("let_stand", "l", "Let stand", "answer L: leave it as it is; again takes it back"),
        ("needs_answer", "exclamation_mark", "Needs answer", "marks it ! or not"),
        ("influential", "i", "Influential", "marks its author * as influential or not"),
        ("keep", "e", "Keep as evidence", "copies it whole and marks it E, with a reason; again lets go"),
        ("assign", "A", "Assign", "gives it to a person of the team; nothing typed: to nobody"),
        ("teach", "c", "Teach tone", "says how it reads, which beats the model and is marked p"),
    )
    return tuple(
        Action(f"{place}.{name}", place, key, title, words, by_screen=True)
        for name, key, title, words in rows
    )


ACTIONS = (
    Action("app.quit", "anywhere", "ctrl+q", "Quit", "leaves; everything typed is kept", "quit"),
    Action("app.command_palette", "anywhere", "ctrl+p", "Commands", "finds any action by its name"),
    Action("app.redraw", "anywhere", "ctrl+l", "Redraw", "paints the screen anew after stray output"),
    Action("main.help", "main", "question_mark,f1", "Help", "shows all keys", "help"),
    Action("main.show_feed", "main", "1", "Feed", "goes to the mentions"),
    Action("main.show_gauge", "main", "2", "Severity", "goes to the gauge"),
    Action("main.show_checklist", "main", "3", "Checklist", "goes to the steps"),
    Action("main.show_statement", "main", "4", "Statement", "goes to the editor"),
    Action("main.next_pane", "main", "tab", "Next pane", "goes to the next pane"),
    Action("main.previous_pane", "main", "shift+tab", "Previous pane", "goes to the pane before"),
    Action(
        "main.search", "main", "slash", "Search", 'finds mentions: words, "phrases", -not, begin*', "search"
    ),
    Action("main.show_new", "main", "n", "Show new", "takes in the mentions that arrived"),
    Action("main.feeds", "main", "f", "Feeds", "how every way in is doing, and what it costs"),
    Action("main.watches", "main", "W", "Watches", "what we listen for; shows what it would match"),
    Action("main.add_mention", "main", "a", "Add mention", "by hand: a link and what the post says"),
    Action("main.open_incident", "main", "o", "Open incident", "decides to act: type, level, checklist"),
    Action("main.switch_incident", "main", "I", "Switch incident", "chooses among the open ones"),
    Action("main.state_fact", "main", "K", "Known facts", "danger, leak, recall: what holds the level"),
    Action("main.raise_level", "main", "R", "Raise level", "takes the level up, with a reason"),
    Action("main.lower_level", "main", "L", "Lower level", "takes the level down, with a reason"),
    Action("main.look_back", "main", "t", "Look back", "severity at the time of the chosen mention"),
    Action("main.look_now", "main", "T", "Back to now", "severity at the present"),
    Action("main.why", "main", "w", "Why", "all that the severity stands on, number by number"),
    Action("main.zoom", "main", "z", "Longer chart", "the next span: 1 h, 6 h, 24 h, 7 d"),
    Action("main.zoom_back", "main", "Z", "Shorter chart", "the span before"),
    Action("main.copy_statement", "main", "Y", "Copy statement", "to the clipboard and a file"),
    Action("main.new_statement", "main", "N", "New statement", "begins another one; this one is kept"),
    Action("main.open_statement", "main", "S", "Open statement", "chooses among those written"),
    Action("feed.cursor_up", "feed", "up,k", "Up", "to the next newer mention"),
    Action("feed.cursor_down", "feed", "down,j", "Down", "to the next older mention"),
    Action("feed.page_up", "feed", "pageup,b", "Page up", "a page towards the newest"),
    Action("feed.page_down", "feed", "pagedown,space", "Page down", "a page towards the oldest"),
    Action("feed.newest", "feed", "home,g", "Newest", "to the newest mention"),
    Action("feed.oldest", "feed", "end,G", "Oldest", "to the oldest mention"),
    Action("feed.open", "feed", "enter", "Read", "shows the mention in full", "read"),
    Action("feed.copy", "feed", "y", "Copy mention", "to the clipboard and a file", by_screen=True),
    Action("feed.clear", "feed", "escape", "End search", "shows all mentions again", by_screen=True),
    Action(
        "feed.fold",
        "feed",
        "equals_sign",
        "Fold stories",
        "shows each story once, or every copy",
        by_screen=True,
    ),
    Action("feed.story", "feed", "s", "Story", "who says the same, and its figures", by_screen=True),
    Action(
        "feed.next_story",
        "feed",
        "greater_than_sign",
        "Next story",
        "to one that grew (▲x12), else the largest of the hour",
        by_screen=True,
    ),
    *_triage("feed"),
    Action("mention.cursor_up", "mention", "up,k", "Up", "scrolls up"),
    Action("mention.cursor_down", "mention", "down,j", "Down", "scrolls down"),
    Action("mention.page_up", "mention", "pageup,b", "Page up", "a page up"),
    Action("mention.page_down", "mention", "pagedown,space", "Page down", "a page down"),
    Action("mention.next_part", "mention", "right_square_bracket", "Next part", "of a very long text"),
    Action("mention.previous_part", "mention", "left_square_bracket", "Part before", "of a very long text"),
    Action(
        "mention.copy", "mention", "y", "Copy mention", "to the clipboard and a file", "copy", by_screen=True
    ),
    Action("mention.story", "mention", "s", "Story", "who says the same, and its figures", by_screen=True),
    Action("mention.leave", "mention", "escape,q,enter", "Back", "back to the feed", "back", by_screen=True),
    *_triage("mention"),
    Action("checklist.cursor_up", "checklist", "up,k", "Up", "to the step above"),
    Action("checklist.cursor_down", "checklist", "down,j", "Down", "to the step below"),
    Action("checklist.page_up", "checklist", "pageup,b", "Page up", "a page up"),
    Action("checklist.page_down", "checklist", "pagedown,space", "Page down", "a page down"),
    Action("checklist.home", "checklist", "home,g", "First", "to the first step"),
    Action("checklist.end", "checklist", "end,G", "Last", "to the last step"),
    Action("checklist.next_open", "checklist", "full_stop", "Next open", "to the next step that is open"),
    Action("checklist.start", "checklist", "s", "Start", "says that you are on this step", "start"),
    Action("checklist.close", "checklist", "x", "Close", "closes the step with what proves it", "close"),
    Action("checklist.reopen", "checklist", "u", "Reopen", "opens a closed step again"),
    Action(
        "statement.save",
        "statement",
        "ctrl+r",
        "Save revision",
        "keeps this text for good",
        "save",
        by_screen=True,
    ),
    Action(
        "statement.edit",
        "statement",
        "ctrl+g",
        "Outside editor",
        "opens the text in $EDITOR",
        "$EDITOR",
        by_screen=True,
    ),
    Action(
        "statement.leave",
        "statement",
        "escape",
        "Leave",
        "back to the feed; the draft is kept",
        "leave",
        by_screen=True,
    ),
    *_rows("story", "mention"),
    Action("story.newest", "story", "n", "Show new", "takes in the mentions that arrived"),
    Action("story.open", "story", "enter", "Read", "shows the mention in full", "read"),
    Action("story.leave", "story", "escape,q,s", "Back", "closes this screen", "back"),
    *_rows("feeds", "feed"),
    Action(
        "feeds.look_now", "feeds", "r,enter", "Look now", "asks the agent to look at this feed", "look now"
    ),
    Action("feeds.leave", "feeds", "escape,q,f", "Back", "closes this screen", "back"),
    *_rows("watches", "entry"),
    Action("watches.change", "watches", "enter,e", "Change", "changes this entry of the settings", "change"),
    Action("watches.try_out", "watches", "d", "Dry run", "what this watch matches in the store", "dry run"),
    Action("watches.add", "watches", "n", "New watch", "adds a watch to the settings", "new"),
    Action("watches.leave", "watches", "escape,q,W", "Back", "closes this screen", "back"),
    Action("reading.cursor_up", "reading", "up,k", "Up", "scrolls up"),
    Action("reading.cursor_down", "reading", "down,j", "Down", "scrolls down"),
    Action("reading.page_up", "reading", "pageup,b", "Page up", "a page up"),
    Action("reading.page_down", "reading", "pagedown,space", "Page down", "a page down"),
    Action("reading.home", "reading", "home,g", "Top", "to the top"),
    Action("reading.end", "reading", "end,G", "Bottom", "to the bottom"),
    Action(
        "reading.copy",
        "reading",
        "y",
        "Copy",
        "all of it, to the clipboard and a file",
        "copy",
        by_screen=True,
    ),
    Action(
        "reading.leave",
        "reading",
        "escape,q,question_mark,w",
        "Back",
        "closes this screen",
        "back",
        by_screen=True,
    ),
)

_SHOWN = {
    "question_mark": "?",
    "slash": "/",
    "exclamation_mark": "!",
    "full_stop": ".",
    "equals_sign": "=",
    "greater_than_sign": ">",
    "right_square_bracket": "]",
    "left_square_bracket": "[",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "escape": "Esc",
    "enter": "Enter",
    "space": "Space",
    "home": "Home",
    "end": "End",
    "tab": "Tab",
    "shift+tab": "Shift+Tab",
    "up": "Up",
    "down": "Down",
}


def shown(keys: str) -> str:
    """Keys as a person reads them: `PgDn Space`, `^R`."""
    words = []
    for key in keys.split(","):
        if key.startswith("ctrl+"):
            words.append("^" + key[5:].upper())
        else:
            words.append(_SHOWN.get(key, key.upper() if key[:1] == "f" and key[1:].isdigit() else key))
    return " ".join(words)


def first_key(keys: str) -> str:
    """The first of some keys as a person reads it, where one must do."""
    return shown(keys.split(",", 1)[0])
