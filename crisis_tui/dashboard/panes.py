"""The panes with their keys: widgets know no keys, the list of actions does."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from crisis_tui.dashboard.bindings import bindings
from widgets.checklist import ChecklistPane
from widgets.detail import MentionDetail
from widgets.editor import StatementPane
from widgets.feed import FeedPane
from widgets.gauge import GaugePane
from widgets.help import HelpTable
from widgets.story import StoryPane
from widgets.why import WhyPane


class Feed(FeedPane):
    """The feed; `copy` and `clear` are the screen's."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("feed")


class Mention(MentionDetail):
    """One mention in full, in the feed's place."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("mention")


class Story(StoryPane):
    """The mentions of one story; `leave` is the screen's."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("story")

    def action_leave(self) -> None:
        """Back to where one came from."""
        self.screen.dismiss(None)


class Gauge(GaugePane):
    """The severity gauge."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("gauge")


class Checklist(ChecklistPane):
    """The checklist."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("checklist")


class Statement(StatementPane):
    """The editor."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("statement")


class Reading(HelpTable):
    """A long text in two columns, such as the table of keys; `copy` and `leave` are the screen's."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("reading")


class Why(WhyPane):
    """All that the severity stands on; `copy` and `leave` are the screen's."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("reading")
