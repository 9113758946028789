"""What a job offers to press: its buttons, other buttons of the bot, and select menus."""

from collections.abc import Sequence

from bridge.api.contract.fields import not_one_of, shown
from bridge.api.contract.requests import ButtonForm
from bridge.api.http.answers import Refusal
from bridge.jobs.job import Job, Menu
from bridge.pixverse.profile import DEFAULT


def pressable(job: Job) -> Sequence[str]:
    """Return the names of everything that a job offers."""
    if job.said is None:
        return ()
    return *job.said.buttons, *job.said.other_buttons, *(menu.name for menu in job.said.selects)


def chosen(form: ButtonForm, parent: Job) -> str | None:
    """Return what is chosen, None if a button is pressed; raises `Refusal` if the menu has no such option.

    Of a button and a menu with one name, the button is taken unless the value is one of the menu's.
    """
    said = parent.said
    menu = next((menu for menu in said.selects if menu.name == form.button), None) if said else None
    is_button = said is not None and form.button in (*said.buttons, *said.other_buttons)
    if menu is None or (is_button and form.value not in menu.options):
        return None
    if form.value is None:
        raise no_value(menu)
    if form.value not in menu.options:
        raise not_in_menu(form.value, menu)
    return form.value


def not_completed(job_id: str, status: str) -> Refusal:
    """Return the refusal of a button under a job without a video."""
    return Refusal(400, f"jobid {job_id} is not completed", f"Its status is {status}")


def not_offered(button: str, offered: Sequence[str]) -> Refusal:
    """Return the refusal of a button that a job does not offer."""
    has = f"The job has the buttons {', '.join(offered)}" if offered else "The job has no buttons"
    return Refusal(400, f"button {button} not supported", has)


def not_a_button(name: str) -> Refusal:
    """Return the refusal of a name that neither the contract nor the message of the job has."""
    known = f"Buttons are {', '.join(DEFAULT.buttons)}, of which a job has some"
    return Refusal(400, f"button {shown(name)} not supported", known)


def no_value(menu: Menu) -> Refusal:
    """Return the refusal of a menu without a choice."""
    return Refusal(400, "value is missing or empty", f"{menu.name} is a menu with {', '.join(menu.options)}")


def not_in_menu(value: str, menu: Menu) -> Refusal:
    """Return the refusal of a choice that a menu does not have."""
    return Refusal(400, not_one_of("value", shown(value), menu.options))
