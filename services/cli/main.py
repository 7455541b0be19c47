"""The command `vigia`. Each command's module imports what it needs only when it runs."""

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from services.cli import (
    backtest,
    deliveries,
    demo,
    doctor,
    evaluate,
    explain,
    feed,
    import_,
    key,
    migrate,
    notify,
    pause,
    quarantine,
    rebuild,
    rep,
    rep_away,
    replay,
    report,
    roles,
    route,
    settings,
    simulate,
    status,
    up,
    verify,
)
from shared.ops.errors import VigiaError

app = typer.Typer(
    name="vigia",
    help="Tells sales reps, week by week, which customers are leaving.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"vigia {version('vigia')}")
        raise typer.Exit


@app.callback()
def _root(
    config: Annotated[Path | None, typer.Option(help="A TOML file with settings.")] = None,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print it."),
    ] = False,
) -> None:
    """Settings come from VIGIA_* variables, a .env file or --config FILE.toml."""


app.command("demo")(demo.demo)
app.command("up")(up.up)
app.command("ingest")(roles.ingest)
app.command("detector")(roles.detector)
app.command("notifier")(roles.notifier)
app.command("desk")(roles.desk)
app.command("migrate")(migrate.migrate)
app.command("import")(import_.import_file)
app.command("backtest")(backtest.backtest)
app.command("evaluate")(evaluate.evaluate)
app.command("simulate")(simulate.simulate)
app.command("status")(status.status)
app.command("why")(explain.why)
app.command("explain")(explain.explain)
app.command("route")(route.route)
app.command("verify")(verify.verify)
app.command("replay")(replay.replay)
app.command("pause")(pause.pause)
app.command("resume")(pause.resume)
app.command("doctor")(doctor.doctor)
app.command("rebuild")(rebuild.rebuild)
app.command("settings")(settings.settings)
app.add_typer(key.app, name="key")
rep.app.command("away")(rep_away.away)
rep.app.command("back")(rep_away.back)
app.add_typer(rep.app, name="rep")
app.add_typer(report.app, name="report")
app.add_typer(feed.app, name="feed")
app.add_typer(notify.app, name="notify")
app.add_typer(deliveries.app, name="deliveries")
app.add_typer(quarantine.app, name="quarantine")


def run() -> None:
    """Run one command; a person's mistake is one line on standard error and exit code 1."""
    try:
        app()
    except VigiaError as error:
        print(f"vigia: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(1)
    except UnicodeEncodeError:
        if all(map(_is_text, sys.argv)):
            raise
        what = "a word of the command is not text in UTF-8; set the terminal to UTF-8"
        print(f"vigia: {what}", file=sys.stderr)  # noqa: T201
        sys.exit(1)
    except BrokenPipeError:  # the reader of our output has left
        sys.exit(0)


def _is_text(word: str) -> bool:
    """Whether the terminal's bytes of a word could be read."""
    return not any("\udc80" <= letter <= "\udcff" for letter in word)
