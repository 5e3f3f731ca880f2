"""Every set there is."""

from __future__ import annotations

from eval import ha_intents, home_commands, nothing_asked, robot_sentences
from eval.notes import both
from eval.other_homes import other_homes
from eval.rows import Dataset
from eval.written import written


def datasets() -> list[Dataset]:
    """Return all sets, public ones first."""
    return [
        *home_commands.datasets(),
        *ha_intents.datasets(),
        *robot_sentences.datasets(),
        written("clauses", "clauses.txt"),
        *nothing_asked.datasets(),
        written("open_home", "open_home.txt"),
        written("open_robot", "open_robot.txt"),
        written("open_questions", "open_questions.txt"),
        written("open_nothing", "open_nothing.txt"),
        written("plain_home", "plain_home.txt"),
        written("plain_robot", "plain_robot.txt"),
        written("plain_questions", "plain_questions.txt"),
        written("plain_nothing", "plain_nothing.txt"),
        written("tricky", "tricky.txt"),
        other_homes("homes_en", "homes_en.txt", "en"),
        other_homes("homes_zh", "homes_zh.txt", "zh"),
        *both("noted", "noted"),
        written("fresh_home", "fresh_home.txt"),
        written("fresh_robot", "fresh_robot.txt"),
        written("fresh_questions", "fresh_questions.txt"),
        written("fresh_nothing", "fresh_nothing.txt"),
        other_homes("fresh_homes_en", "fresh_homes_en.txt", "en"),
        other_homes("fresh_homes_zh", "fresh_homes_zh.txt", "zh"),
        *both("fresh_noted", "fresh_noted"),
    ]
