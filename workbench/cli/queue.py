"""The command about the queue: what trains where, what waits, and who comes next."""

import argparse
from typing import Any

from workbench.cli.output import Output
from workbench.services import turns
from workbench.services.turns import PLACES, Turn
from workbench.services.workbench import open_workbench


def show(options: argparse.Namespace, output: Output) -> int:
    """Move a run if asked to, then tell the order."""
    store = open_workbench()
    for place in PLACES:
        if run_id := getattr(options, place):
            turns.move(store, run_id, place)
    found = turns.queue(store)
    for turn in found:
        order = f"{turn.place:>3}." if turn.place else " now"
        output.say(f"{order} {turn.run.id}  {turn.project}: {turn.run.name}  {turn.run.state.value}  {turn.device}")
    if not found:
        output.say("Nothing trains, and nothing waits.")
    output.result({"queue": [_described(turn) for turn in found]})
    return 0


def _described(turn: Turn) -> dict[str, Any]:
    return {
        "place": turn.place,
        "run_id": turn.run.id,
        "name": turn.run.name,
        "project": turn.project,
        "state": turn.run.state.value,
        "device": turn.device,
    }
