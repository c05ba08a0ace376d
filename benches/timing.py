"""Runs a command as a process of its own and says what it took, by the operating system's account of the finished process."""

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass


@dataclass
class Run:
    wall: float  # seconds from start to end
    processor: float  # seconds of processor time, user and system, all threads
    peak: float  # greatest resident memory, MiB


def run(command):
    """Runs the command to its end, without its output. Ends the program if the command fails; 1 is done with faults in the data."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        sys.exit(f"{' '.join(map(str, command))} ended with {process.returncode}")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def alternate(commands, times):
    """Runs the named commands in turn, `times` times each; prints every run and returns the runs by name."""
    runs = {name: [] for name in commands}
    for _ in range(times):
        for name, command in commands.items():
            done = run(command)
            runs[name].append(done)
            print(f"{name:>10}: {done.wall:7.2f} s, {done.processor:7.2f} s of processor time, {done.peak:6.0f} MiB", flush=True)
    return runs


def report(runs, ours, theirs):
    """Prints the least and the median time of both, and how many times as long the other one takes."""
    print(f"\n{'':>10}  least s  median s  processor s  peak MiB")
    for name, done in runs.items():
        walls = [run.wall for run in done]
        processor, peak = min(run.processor for run in done), max(run.peak for run in done)
        print(f"{name:>10}  {min(walls):7.2f}  {statistics.median(walls):8.2f}  {processor:11.2f}  {peak:8.0f}")

    def ratio(figure):
        return min(getattr(run, figure) for run in runs[theirs]) / min(getattr(run, figure) for run in runs[ours])

    print(f"\n{theirs} takes {ratio('wall'):.2f} times as long as {ours}, {ratio('processor'):.2f} times as much processor time")
