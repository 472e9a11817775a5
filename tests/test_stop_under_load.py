"""Zero requests lost when a service is stopped under load, twenty times in a row.

A request counts as accepted when its connection was made and all its bytes were sent: it must get a complete answer. A
connection that is refused is no loss, nor is a request behind an answer that said "Connection: close".
"""

import random
import threading
import time
import unittest

from harness import Connection, Program, WireError, eventually, note, request

CLIENTS = 16
ROUNDS = 20


class Load:
    """Clients that ask without pause until nobody listens any more."""

    def __init__(self, program, seed):
        self.program = program
        self.answered = [0] * CLIENTS
        self.lost = []
        self.threads = [threading.Thread(target=self._run, args=(number, random.Random(seed * 100 + number)))
                        for number in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def total(self):
        return sum(self.answered)

    def join(self):
        for thread in self.threads:
            thread.join()

    def _run(self, number, dice):
        ask = [self._one_each, self._keep_alive, self._upload, self._pipelined][number % 4]
        while True:
            try:
                connection = Connection(self.program)
            except OSError:
                return  # nobody listens: not a loss
            with connection:
                try:
                    ask(connection, number, dice)
                except (OSError, EOFError, WireError) as error:
                    self.lost.append(f"{ask.__name__}: {type(error).__name__} {error}")
                    return

    def _answer(self, connection, number, body):
        answer = connection.response()
        if answer.status != 200 or answer.body != body or not answer.complete:
            raise WireError(f"{answer!r} instead of {body!r}")
        self.answered[number] += 1
        return not answer.closes

    def _one_each(self, connection, number, _):
        connection.send(request("/result/string", headers=("Connection: close",)))
        self._answer(connection, number, b"text")

    def _keep_alive(self, connection, number, dice):
        stays = True
        while stays:
            slow = dice.random() < 0.3
            connection.send(request("/slow?time=20ms" if slow else "/result/string"))
            stays = self._answer(connection, number, b"slept" if slow else b"text")

    def _upload(self, connection, number, dice):
        stays = True
        while stays:
            body = b"x" * dice.choice((1, 1000, 200_000))
            connection.send(request("/text", "POST", body=body))
            stays = self._answer(connection, number, body)

    def _pipelined(self, connection, number, _):
        stays = True
        while stays:
            connection.send(request("/result/string") * 3)
            for _ in range(3):
                stays = stays and self._answer(connection, number, b"text")


class StopUnderLoad(unittest.TestCase):
    def test_no_request_is_lost_in_twenty_stops(self):
        total, slowest = 0, 0.0
        for turn in range(ROUNDS):
            with self.subTest(turn=turn), Program("probe", "--set", "runtime.workers=2") as program:
                load = Load(program, turn)
                eventually(lambda: load.total() >= 300 or load.lost, "load")
                began = time.monotonic()
                program.signal()
                code = program.wait()
                slowest = max(slowest, time.monotonic() - began)
                load.join()
                self.assertEqual((code, load.lost), (0, []))
                total += load.total()
        note(f"{ROUNDS} stops, {total} requests answered, none lost, slowest stop {slowest:.2f} s")
