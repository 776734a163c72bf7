"""Programs that ExecuTorch's own Cortex-M pipeline wrote.

1. Our runtime, on the host and on simulated boards, gives the bytes of the genuine ExecuTorch runtime.
2. From the same quantized program our compiler (--dialect executorch) gives a program with the same
   outputs as theirs. Networks that theirs gets wrong are in peer.WRONG, with the reason; one that it
   gets right nevertheless is a failure.
Usage: peer_programs_test.py CORTICO LIBRARY WORK [NETWORK ...]; networks are those of peer.py and,
with CORTICO_FULL=1, of examples/zoo.
"""

import os
import sys

import numpy as np

from support import Cortico, GenuineRuntime, Refused, torch, zoo
import peer

BOARDS = {"cortex-m55": "m55", "cortex-m4": "m4", "cortex-m0": "m0"}


def sqnr(expected, found):
    noise = ((expected - found) ** 2).sum()
    return float("inf") if noise == 0 else 10 * np.log10((expected**2).sum() / noise)


class Network:
    def __init__(self, cortico, genuine, name):
        self.cortico, self.genuine, self.name = cortico, genuine, name
        source = peer if name in peer.NETWORKS else zoo()
        self.model, self.x = source.make(name, 8)
        self.quantized = {}

    def program(self, explicit):
        if explicit not in self.quantized:
            program = peer.quantize(self.model, self.x, explicit)
            with torch.no_grad():
                module = program.module()
                reference = torch.cat([module(peer.in_layout(s[None], explicit)) for s in self.x])
            self.quantized[explicit] = program, reference.numpy()
        return self.quantized[explicit]

    def theirs(self, stem, target, explicit):
        pte = self.cortico.work / f"{stem}.peer.pte"
        pte.write_bytes(peer.lower(self.program(explicit)[0], target, explicit))
        return pte

    def ours(self, stem, target, explicit):
        """The outputs of the program that our compiler makes of the same quantized program."""
        torch.export.save(self.program(explicit)[0], self.cortico.work / f"{stem}.pt2")
        pte = self.cortico.work / f"{stem}.pte"
        self.cortico("compile", self.cortico.work / f"{stem}.pt2", "--target", target,
                     "--dialect", "executorch", "-o", pte, "-q")
        return self.cortico.outputs(pte, self.x.numpy())

    def check(self, target, explicit=False):
        """Number of failures."""
        stem = f"{self.name}.{target}{'.nhwc' if explicit else ''}"
        samples = self.x.numpy()
        theirs = self.theirs(stem, target, explicit)
        expected = self.genuine.outputs(theirs, samples)
        board = BOARDS[target]
        failures = 0
        for where, found in (("host", self.cortico.outputs(theirs, samples)),
                             (board, self.cortico.outputs(theirs, samples[:2], f"qemu:{board}"))):
            if found.tobytes() != expected[: len(found)].tobytes():
                print(f"FAILED {stem}: on {where} other bytes than in ExecuTorch's runtime")
                failures += 1
        assert len(np.unique(expected)) > 4, f"{stem}: the outputs say nothing"
        ours = self.ours(stem, target, explicit)
        same = ours.tobytes() == expected.tobytes()
        self.report(stem, "same logits" if same else "FAILED other logits", expected, ours, explicit)
        return failures + (not same)

    def check_wrong(self, target):
        """1 unless ExecuTorch's program is as wrong as peer.WRONG says: none at all, or one that our
        runtime refuses and that is far from the model."""
        stem = f"{self.name}.{target}"
        ours = self.ours(stem, target, False)
        try:
            theirs = self.theirs(stem, target, False)
        except Exception as error:  # whatever its passes throw
            print(f"{stem:24} ExecuTorch stops: {str(error).splitlines()[0]}")
            return 0
        expected = self.genuine.outputs(theirs, self.x.numpy())
        try:
            self.cortico.outputs(theirs, self.x.numpy())
        except Refused as refused:
            line = str(refused).splitlines()[1]
            lost = self.report(stem, line[line.find(": op") + 2 :], expected, ours, False)
            if lost > 6:
                return 0
        print(f"FAILED {stem}: ExecuTorch's program is right now; take it out of peer.WRONG")
        return 1

    def check_stops(self, target):
        """1 unless ExecuTorch's pipeline with explicit layouts stops where peer.py says."""
        where = peer.STOPS_WITH_EXPLICIT_LAYOUT[self.name]
        stem = f"{self.name}.{target}.nhwc"
        try:
            self.theirs(stem, target, True)
        except Exception as error:  # whatever its passes throw
            if where in str(error):
                print(f"{stem:24} ExecuTorch stops in {where}", flush=True)
                return 0
            raise
        print(f"FAILED {stem}: ExecuTorch goes on; take it out of peer.STOPS_WITH_EXPLICIT_LAYOUT")
        return 1

    def report(self, stem, verdict, theirs, ours, explicit):
        """Prints a line; how many dB theirs is further from the fake-quantized model than ours."""
        reference = self.program(explicit)[1]
        dbs = sqnr(reference, theirs), sqnr(reference, ours)
        print(f"{stem:24} theirs {dbs[0]:.1f} dB, ours {dbs[1]:.1f} dB; {verdict}", flush=True)
        return dbs[1] - dbs[0]


def main():
    cortico = Cortico(sys.argv[1], sys.argv[3])
    genuine = GenuineRuntime(sys.argv[2])
    names = sys.argv[4:] or list(peer.NETWORKS)
    if not sys.argv[4:] and os.environ.get("CORTICO_FULL") == "1":
        names += zoo().NETWORKS
    explicit = "cortex_m::quantized_conv2d_nhwc.out" in genuine.registered
    if not explicit:
        print("the _nhwc ops have no kernel here: the explicit-layout pipeline is left out")
    failures = 0
    for name in names:
        try:
            network = Network(cortico, genuine, name)
            if name in peer.WRONG:
                failures += network.check_wrong("cortex-m55")
                continue
            failures += sum(network.check(target) for target in BOARDS)
            if explicit and name in peer.STOPS_WITH_EXPLICIT_LAYOUT:
                failures += network.check_stops("cortex-m55")
            elif explicit:
                failures += network.check("cortex-m55", True)
        except Exception as error:  # whatever its passes throw: the other networks are still of interest
            print(f"FAILED {name}: {type(error).__name__}: {error}", flush=True)
            failures += 1
    print(f"{len(names)} networks, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
