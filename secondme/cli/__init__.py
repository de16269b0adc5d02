"""The command line: one verb a function, found by name and imported only when it is called.

`secondme --help` therefore imports neither a database nor a model.
"""

from __future__ import annotations

from importlib import import_module

import click

VERBS: dict[str, tuple[str, str]] = {
    "tui": ("screen", "Open the screen (also without any verb)."),
    "init": ("vaults", "Make a vault and print its recovery code once."),
    "import": ("imports", "Read chat exports, mail, notes: files, folders or zips."),
    "batches": ("imports", "List the imports."),
    "undo": ("imports", "Take one import back."),
    "watch": ("watching", "Read folders and exports again when they change."),
    "search": ("finding", "Find the right words, best first."),
    "ask": ("finding", "Answer a question with quotes, or say it does not know."),
    "show": ("finding", "Show one record, episode or fact with its evidence."),
    "distil": ("distilling", "Build vectors, episodes and facts from what is new."),
    "episodes": ("distilling", "List the episodes."),
    "facts": ("distilling", "List the facts, each with the words it came from."),
    "profile": ("distilling", "Show what stands about you, with evidence."),
    "edit": ("editing", "Put a fact right, reject it or pin it."),
    "review": ("editing", "Walk through contradictions and doubtful facts."),
    "people": ("people", "List the people; merge two that are one, or split them."),
    "forget": ("forgetting", "Forget exactly, and keep a receipt."),
    "verify": ("forgetting", "Prove that what was forgotten is gone."),
    "dump": ("vaults", "Write the whole built memory as ordered JSON lines."),
    "export": ("copies", "Write everything out as Markdown and JSON lines, unencrypted."),
    "backup": ("copies", "Write an encrypted copy into one file."),
    "restore": ("copies", "Make a backup the vault again; the forgotten stays forgotten."),
    "key": ("key", "Another key, another recovery code, other ways in."),
    "models": ("catalogue", "List, pull, add and choose models."),
    "serve": ("serving", "Serve the memory to other programs on this machine."),
    "token": ("serving", "Make, list and revoke those programs' tokens; see what they were told."),
    "stats": ("vaults", "Sizes and coverage."),
    "doctor": ("vaults", "Say what is wrong and how to mend it."),
    "eval": ("tour", "Measure quality on the built-in life."),
    "demo": ("tour", "The whole tour on a built-in life, in a throw-away vault."),
}


class Verbs(click.Group):
    """Finds verbs in `VERBS` without importing their modules."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in VERBS:
            return None
        module = import_module(f"secondme.cli.{VERBS[name][0]}")
        command = getattr(module, f"{name}_")
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl([(name, short) for name, (_, short) in VERBS.items()])


@click.group(
    cls=Verbs,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: secondme init --key file && secondme import chat.zip && secondme search tea",
)
@click.option("--vault", metavar="DIR", help="The vault's folder (or SECONDME_VAULT).")
@click.version_option(package_name="secondme", message="secondme %(version)s")
@click.pass_context
def cli(ctx: click.Context, vault: str | None) -> None:
    """A personal memory that stays on this machine: everything you said, wrote and were told in one
    encrypted file, searchable, distilled by a local model, and forgettable exactly.
    """
    ctx.obj = vault
    if ctx.invoked_subcommand is None:
        ctx.invoke(import_module("secondme.cli.screen").tui_)
