"""What a crisis is about: the type of one mention, the vote of many, and cues for the severity floors.

Pure: the caller hands over the rules, which ship in `data/library/categories/`.
"""

from crisis_tui.analysis.categories.floors import FloorCue, FloorHint, FloorKind, floor_hints
from crisis_tui.analysis.categories.rules import CategoryReading, Rules
from crisis_tui.analysis.categories.vote import TypeVerdict, TypeVote

__all__ = [
    "CategoryReading",
    "FloorCue",
    "FloorHint",
    "FloorKind",
    "Rules",
    "TypeVerdict",
    "TypeVote",
    "floor_hints",
]
