"""Aborts deep inside Python code, through callbacks that pass from C to Python and back."""
import functools
import os


class Node:
    def __init__(self, depth):
        self.depth = depth

    def __lt__(self, other):
        descend(self.depth - 1)
        return True


def by_sort(depth):
    return sorted([Node(depth), Node(depth)])


def by_map(depth):
    return list(map(descend, [depth - 1]))


def by_reduce(depth):
    return functools.reduce(lambda _, one: descend(one), [0, depth - 1])


def by_generator(depth):
    return sum(len(str(descend(one))) for one in [depth - 1])


def descend(depth):
    if depth <= 0:
        os.abort()
    return (by_sort, by_map, by_reduce, by_generator)[depth % 4](depth)


descend(40)
