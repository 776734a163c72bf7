"""The example, end to end: accuracy on 10,000 images, and the same bits on every board.

Compiles examples/fashion_mnist for each family, runs the host and the simulated boards through the
command as a user would, and compares the logits byte by byte. Standard library only.

Usage: example_test.py CORTICO IDX_TO_NPZ MODEL.pt2 FOLDER [--images-on-m55 N] [--images-on-others N]
"""

import argparse
import json
import pathlib
import resource
import subprocess
import time

DATA = pathlib.Path("/usr/share/datasets/fashion-mnist")
BOARDS = ["m55", "m0", "m3", "m4", "m7", "m33"]
CPU = {"m0": "cortex-m0", "m3": "cortex-m3", "m4": "cortex-m4", "m7": "cortex-m7",
       "m33": "cortex-m33", "m55": "cortex-m55"}


def run(*command: object) -> str:
    result = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}\nexit code {result.returncode}\n"
                         f"{result.stdout}{result.stderr}")
    return result.stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cortico", type=pathlib.Path)
    parser.add_argument("idx_to_npz", type=pathlib.Path)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--images-on-m55", type=int, default=500)
    parser.add_argument("--images-on-others", type=int, default=50)
    args = parser.parse_args()
    out = args.folder
    out.mkdir(parents=True, exist_ok=True)

    def images(split: str, count: int) -> pathlib.Path:
        path = out / f"{split}_{count}.npz"
        run(args.idx_to_npz, "--images", DATA / f"{split}-images-idx3-ubyte.gz", "--labels",
            DATA / f"{split}-labels-idx1-ubyte.gz", "--count", count, "-o", path)
        return path

    calibration = images("train", 256)
    test = images("t10k", 10000)

    # Compile once per board's core. Two runs give the same bytes, without a trace of the folder.
    programs = {}
    for board in BOARDS:
        programs[board] = out / f"{board}.pte"
        start = time.monotonic()
        run(args.cortico, "compile", args.model, "--target", CPU[board], "--calibrate", calibration,
            "-o", programs[board], "-q")
        print(f"compile for {board}: {time.monotonic() - start:.2f} s, "
              f"{programs[board].stat().st_size} bytes")
    again = out / "again.pte"
    run(args.cortico, "compile", args.model, "--target", CPU["m55"], "--calibrate", calibration,
        "-o", again, "-q")
    assert again.read_bytes() == programs["m55"].read_bytes(), "two compilations differ"
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"peak memory of a compilation: at most {peak:.0f} MB")
    assert peak <= 150, "a compilation takes more than 150 MB"

    ram = json.loads(run(args.cortico, "analyze", programs["m55"], "--json"))["ram"]
    arena = ram["activations"] + ram["scratch"]
    print(f"arena {arena} bytes, lower bound {ram['lower_bound']}, records {ram['records']}")
    assert arena <= 1.05 * ram["lower_bound"]

    report = json.loads(
        run(args.cortico, "validate", args.model, programs["m55"], "--data", test, "--json"))
    exact = {where: 100.0 * report[where]["right"] / report[where]["total"] for where in ("float", "host")}
    print(f"{report['runs']} images: float {exact['float']:.2f} %, int8 on the host {exact['host']:.2f} %")
    assert report["runs"] == 10000
    assert exact["float"] >= 92.0
    assert exact["host"] >= exact["float"] - 0.5

    first = b""
    for board in BOARDS:
        count = args.images_on_m55 if board == "m55" else args.images_on_others
        data = images("t10k", count)
        host, target = out / f"{board}_host.npy", out / f"{board}_target.npy"
        run(args.cortico, "run", programs[board], "--input", data, "-o", host)
        start = time.monotonic()
        run(args.cortico, "run", programs[board], "--input", data, "-o", target, "--on", f"qemu:{board}")
        seconds = time.monotonic() - start
        logits = target.read_bytes()[-count * 40:]  # ten floats an image, behind the header
        assert host.read_bytes() == target.read_bytes(), f"{board}: bits differ from the host's"
        # Families differ in scratch and in prepared constants, in nothing that reaches the logits.
        first = first or logits
        assert logits == first[: len(logits)], f"{board}: logits differ from those of m55"
        print(f"{board}: logits of {count} images byte-identical to the host, {seconds:.1f} s")


if __name__ == "__main__":
    main()
