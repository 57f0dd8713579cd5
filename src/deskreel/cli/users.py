"""`deskreel user …`: people who sign in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from deskreel.cli.common import out, read, run

user = typer.Typer(help="People who sign in.", no_args_is_help=True)


@user.command("add")
def user_add(
    email: Annotated[str, typer.Option(prompt=True)],
    name: Annotated[str, typer.Option(help="Shown in the UI; the e-mail address if not given.")] = "",
    role: Annotated[str, typer.Option(help="admin, supervisor, evaluator or agent.")] = "admin",
    reset: Annotated[bool, typer.Option(help="Set a new password for a user who exists.")] = False,
    password_stdin: Annotated[bool, typer.Option(help="Read the password from standard input.")] = False,
) -> None:
    """Add a user; asks for the password."""
    from deskreel.server import admin

    if password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    else:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    user_id = run(admin.add_user(email=email, name=name or email, role=role, password=password, reset=reset))
    out.print(user_id)


@user.command("list")
def user_list() -> None:
    """List users by name: e-mail address, role, teams, active or not."""
    from deskreel.server import admin

    for person in run(admin.list_users()):
        teams = ", ".join(team.name for team in person.teams)
        state = "active" if person.active else "inactive"
        out.print(f"{person.name}  {person.email}  {person.role}  {state}  {teams}".rstrip(), markup=False)


@user.command("reset")
def user_reset(email: Annotated[str, typer.Argument(help="Their e-mail address.")]) -> None:
    """End a user's password and sessions; prints the one-time code by which they set a new one."""
    from deskreel.server import admin

    out.print(run(admin.reset_password(email)).code)


@user.command("activate")
def user_activate(email: Annotated[str, typer.Argument(help="Their e-mail address.")]) -> None:
    """Let a user sign in, and be captured, again."""
    from deskreel.server import admin

    run(admin.set_active(email, True))


@user.command("deactivate")
def user_deactivate(email: Annotated[str, typer.Argument(help="Their e-mail address.")]) -> None:
    """Shut a user out at once: sessions and API keys end, and so does capture."""
    from deskreel.server import admin

    run(admin.set_active(email, False))


@user.command("import")
def user_import(
    file: Annotated[Path, typer.Argument(help="CSV; see docs/guide/users-and-settings.md.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would do.")] = False,
) -> None:
    """Make or change users from a CSV file: all of it, or nothing."""
    from deskreel.server import admin

    report = run(admin.import_users(read(file), dry_run=dry_run))
    for error in report.errors:
        out.print(f"line {error.line}, {error.column}: {error.message}", markup=False)
    would = "would be " if dry_run else ""
    out.print(
        f"{report.created} {would}created, {report.updated} {would}updated, {report.unchanged} unchanged"
    )
    raise typer.Exit(1 if report.errors else 0)


@user.command("export")
def user_export() -> None:
    """Print all users as CSV, as `import` reads them."""
    from deskreel.server import admin

    sys.stdout.write(run(admin.export_users()))
