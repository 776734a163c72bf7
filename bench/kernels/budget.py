"""budget.json: what each layer and each model's code may cost, by compiler and core."""

import json
import pathlib

FILE = pathlib.Path(__file__).parent / "budget.json"
SLACK = 1.02


def read() -> dict:
  return json.loads(FILE.read_text(encoding="ascii")) if FILE.exists() else {}


def check(compiler: str, core: str, run) -> list:
  """Complaints. Figures of another compiler than the budget's are no reason to complain."""
  limits = read().get(compiler, {}).get(core)
  if limits is None:
    print(f"budget.json has no figures of {compiler} for {core}: nothing to compare with")
    return []
  found = {"instructions": {key: result.instructions for key, result in run.results.items()},
           "code bytes": run.code}
  complaints = []
  for what, values in found.items():
    for key, value in values.items():
      limit = limits[what].get(key)
      if limit is None:
        complaints.append(f"{core}, {compiler}: {key} has no {what} in budget.json")
      elif value > limit * SLACK:
        complaints.append(f"{core}, {compiler}: {key} takes {value:,} {what}, {limit:,} are in "
                          f"budget.json (+{value / limit - 1:.1%}); if that is meant: "
                          "bench/kernels/run.py --compiler both --write-budget")
  return complaints


def write(runs: dict) -> None:
  """Replaces the figures of these builds, (compiler, core) -> Run, and keeps the others."""
  figures = read()
  for (compiler, core), run in runs.items():
    figures.setdefault(compiler, {})[core] = {
        "instructions": {key: result.instructions for key, result in run.results.items()},
        "code bytes": dict(sorted(run.code.items())),
    }
  FILE.write_text(json.dumps(figures, indent=1) + "\n", encoding="ascii")
