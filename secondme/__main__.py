"""`secondme` and `python -m secondme`: run the command line, print errors in one place."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click


def main() -> None:
    """Exit with the codes of `sysexits.h`; a person's mistake never ends in a traceback."""
    from secondme.offline import guard

    guard()
    _speak_utf8()
    try:
        code = _run(sys.argv[1:])
    except Exception:
        import traceback

        # Python's own code for this is 1, which `verify` and `doctor` use for an answer.
        traceback.print_exc()
        code = 70
    sys.exit(code)


def _speak_utf8() -> None:
    """Pipes carry UTF-8 whatever the locale; what a terminal cannot show is spelled out."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = None if stream.isatty() else "utf-8"
            errors = "replace" if stream is sys.stdin else "backslashreplace"
            stream.reconfigure(encoding=encoding, errors=errors)


def _run(arguments: list[str]) -> int:
    import click

    from secondme.cli import cli
    from secondme.errors import SecondMeError, from_system

    try:
        # Not `cli.main`: it takes a closed pipe for a failure and exits with 1.
        with cli.make_context("secondme", arguments) as context:
            cli.invoke(context)
        sys.stdout.flush()
        return 0
    except SecondMeError as error:
        return _tell(error)
    except click.exceptions.Exit as request:
        return _flushed(request.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show(sys.stderr)
        return 64
    except click.ClickException as error:
        return _tell(_from_click(error))
    except (click.Abort, KeyboardInterrupt, EOFError):
        print("Stopped. What was finished is kept.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return _unheard()
    except OSError as error:
        return _tell(from_system(error))
    except Exception as error:
        if type(error).__module__.partition(".")[0] != "sqlcipher3":
            raise
        from secondme.vault.connection import translate

        return _tell(translate(error))


def _flushed(code: int) -> int:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        return _unheard()
    return code


def _unheard() -> int:
    """Whoever read the answer has heard enough (`secondme dump | head`): that is no failure."""
    # What is still buffered must go somewhere when Python flushes at its end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _tell(error: Exception) -> int:
    from secondme.cli.session import note

    note(str(error))
    hint = getattr(error, "hint", "")
    if hint:
        note(f"→ {hint}")
    return int(getattr(error, "code", 70))


def _from_click(error: click.ClickException) -> Exception:
    from secondme.errors import UsageError

    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "secondme"
    return UsageError(error.format_message(), f"{path} --help")


if __name__ == "__main__":
    main()
