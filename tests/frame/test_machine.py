"""What the process is given before its work begins."""

import gc

from bridge.cli.machine import prepared_machine


async def test_code_that_was_loaded_before_is_not_searched_for_garbage_while_the_work_runs() -> None:
    loaded = len(gc.get_objects())

    with prepared_machine():
        searched, exempt = len(gc.get_objects()), gc.get_freeze_count()

    assert exempt > loaded / 2
    assert searched < exempt / 100
    assert gc.get_freeze_count() == 0
