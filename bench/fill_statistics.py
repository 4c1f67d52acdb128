"""The few statistics of the benchmark. Standard library only; pure functions; lists must not be empty."""

import math
import random
from statistics import fmean


def geometric_mean(values):
    return math.exp(fmean(math.log(value) for value in values))


def bootstrap_interval(values, seed, rounds=10000):
    """95 % interval of the mean: the mean of as many values drawn with replacement, `rounds` times; its 2.5 % and
    97.5 % quantiles (the percentile method, Efron 1979)."""
    draw = random.Random(seed)
    means = sorted(fmean(draw.choices(values, k=len(values))) for _ in range(rounds))
    return means[int(0.025 * rounds)], means[math.ceil(0.975 * rounds) - 1]
