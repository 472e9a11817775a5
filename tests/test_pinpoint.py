"""Spans, statistics and sessions for Pinpoint, sent to a receiver that is made of its published protocol and reads the agent's
headers with the collector's own code; no collector itself can be had."""

import contextlib
import http.client
import socket
import time
import unittest
import urllib.parse

from harness import Program, eventually, patience, run_once
from harness.backends import Pinpoint, export

LINGER = 30_000


def send(receiver, **settings):
    return export("pinpoint", **receiver.settings(), **({"linger": LINGER} | settings))


class WhatIsTold(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with contextlib.ExitStack() as stack:
            cls.receiver = stack.enter_context(Pinpoint())
            cls.told = send(cls.receiver, stay=int(1000 * patience(2.5)), introduce=500)
            cls.everything = cls.receiver.got()
            cls.stack = stack.pop_all()

    @classmethod
    def tearDownClass(cls):
        cls.stack.close()

    def test_all_spans_are_taken(self):
        self.assertEqual((self.told["exported"], self.told["retries"]), (9, 0), self.told["log"])
        self.assertEqual(len(self.receiver.spans()), 3)

    def test_the_agent_comes_first_and_again_from_time_to_time(self):
        calls = [line["call"] for line in self.everything]
        self.assertEqual(calls[:2], ["ready", "RequestAgentInfo"])
        first, *more = self.receiver.got("RequestAgentInfo")
        self.assertEqual((first["agent"], first["application"], first["start"], first["type"]),
                         ("agent-one", "newsroom", 1_700_000_000_000, 1300))
        message = first["message"]
        self.assertEqual((message["hostname"], message["pid"], message["serviceType"]), ("this-host", 7, 1300))
        self.assertEqual(message["serverMetaData"]["serviceInfo"], [{"serviceName": "newsroom"}])
        self.assertTrue(more)

    def test_a_session_is_kept(self):
        pings = self.receiver.got("PingSession")
        self.assertGreater(len(pings), 1)
        self.assertEqual({line["socket"] for line in pings}, {1})

    def test_numbers_are_told_before_they_are_used(self):
        names, met = {}, 0
        for line in self.everything:
            if line["call"] == "RequestApiMetaData":
                names[line["message"]["apiId"]] = line["message"]["apiInfo"]
            if line["call"] == "SendSpan":
                span = line["message"]["span"]
                self.assertEqual(names[span["apiId"]], "GET /articles/{id}")
                self.assertEqual([names[event["apiId"]] for event in span["spanEvent"]], ["GET /articles/{id}", "GET", "render"])
                met += 1
        self.assertEqual(met, 3)
        self.assertEqual(len(self.receiver.got("RequestApiMetaData")), 3)

    def test_a_request_with_what_it_did(self):
        span = next(span for span in self.receiver.spans() if span["acceptEvent"]["rpc"] == "/articles/0")
        self.assertEqual(span["transactionId"]["agentId"], "agent-one")
        self.assertEqual(span["transactionId"]["agentStartTime"], "1700000000000")
        self.assertEqual(int(span["transactionId"]["sequence"]), int(self.told["traces"][0][16:], 16) & (1 << 63) - 1)
        self.assertEqual((span["elapsed"], span["err"], span["serviceType"]), (40, 1, 1300))
        self.assertEqual(span["exceptionInfo"]["stringValue"], "the author is gone")
        self.assertEqual(self.receiver.names()["RequestStringMetaData", span["exceptionInfo"]["intValue"]], "Gone")
        self.assertEqual(span["annotation"], [{"key": 46, "value": {"intValue": 200}}])
        own, call, inner = span["spanEvent"]
        self.assertEqual((own["depth"], own["endElapsed"], own["serviceType"]), (1, 40, 1301))
        self.assertEqual((call["depth"], call["startElapsed"], call["endElapsed"], call["serviceType"]), (2, 5, 25, 9401))
        self.assertEqual(call["nextEvent"]["messageEvent"]["destinationId"], "authors.example:8080")
        self.assertEqual((inner["sequence"], inner["depth"], inner["startElapsed"], inner["endElapsed"]), (2, 3, 26, 4))

    def test_statistics(self):
        batch = self.receiver.got("SendAgentStat")[0]["message"]["agentStatBatch"]["agentStat"]
        self.assertEqual(len(batch), 2)
        for stat in batch:
            self.assertGreater(int(stat["gc"]["jvmMemoryHeapUsed"]), 1_000_000)
            self.assertGreater(int(stat["gc"]["jvmMemoryHeapMax"]), int(stat["gc"]["jvmMemoryHeapUsed"]))
            self.assertGreaterEqual(int(stat["totalThread"]["totalThreadCount"]), 1)
            self.assertGreater(int(stat["fileDescriptor"]["openFileDescriptorCount"]), 3)
            self.assertLessEqual(stat["cpuLoad"].get("jvmCpuLoad", 0), 1)


class Concurrency(unittest.TestCase):
    def test_calls_that_overlap_go_as_asynchronous_work_in_pieces(self):
        with Pinpoint() as receiver:
            told = send(receiver, count=1, steps=24)
            self.assertEqual(told["exported"], 27)
            span, = receiver.spans()
            chunks, names = receiver.chunks(), receiver.names()
        self.assertEqual([len(chunk["spanEvent"]) for chunk in chunks], [21, 4])
        for chunk in chunks:
            self.assertEqual((chunk["spanId"], chunk["transactionId"]), (span["spanId"], span["transactionId"]))
            self.assertEqual(chunk["localAsyncId"], {"asyncId": 1, "sequence": 1})
        events = [event for chunk in chunks for event in chunk["spanEvent"]]
        self.assertEqual([event.get("sequence", 0) for event in events], list(range(25)))
        self.assertEqual([event["depth"] for event in events], [1] + [2] * 24)
        self.assertEqual((events[0]["serviceType"], names["RequestApiMetaData", events[0]["apiId"]]), (100, "Asynchronous Invocation"))
        self.assertEqual({names["RequestApiMetaData", event["apiId"]] for event in events[1:]}, {"step"})
        self.assertEqual(span["spanEvent"][0]["asyncEvent"], 1)
        began = int(span["startTime"])
        self.assertEqual([int(chunk["keyTime"]) - began for chunk in chunks], [6, 26])
        self.assertEqual([event.get("startElapsed", 0) for event in events], [0, 0] + [1] * 19 + [0, 1, 1, 1])

    def test_many_at_once(self):
        with Pinpoint() as receiver:
            told = send(receiver, count=600)
            self.assertEqual((told["exported"], told["queue_full"]), (1800, 0))
            self.assertEqual(len(receiver.spans()), 600)


class Faults(unittest.TestCase):
    def test_one_that_is_down_costs_a_bounded_queue(self):
        with socket.create_server(("127.0.0.1", 0)) as gone:
            port = gone.getsockname()[1]
        told = export("pinpoint", agent=port, stat=port, span=port, count=2000, padding=10_000, linger=100, finish=200)
        self.assertEqual(told["exported"], 0)
        self.assertEqual(told["queue_full"] + told["stopped"], 6000)
        self.assertLessEqual(told["most_queued_bytes"], 16 * 1024 * 1024)

    def test_one_that_is_not_ready_is_asked_again(self):
        with Pinpoint(SendSpan="UNAVAILABLE:2") as receiver:
            told = send(receiver)
        self.assertEqual((told["exported"], told["retries"]), (9, 2))
        self.assertIn("in a mood", told["log"])

    def test_one_that_is_never_ready_is_given_up(self):
        with Pinpoint(SendSpan="UNAVAILABLE") as receiver:
            told = send(receiver, give_up=1)
        self.assertEqual((told["exported"], told["gave_up"]), (0, 9))

    def test_spans_that_are_refused_for_good_are_dropped(self):
        with Pinpoint(SendSpan="INVALID_ARGUMENT") as receiver:
            told = send(receiver)
        self.assertEqual((told["exported"], told["refused"], told["retries"]), (0, 9, 0))

    def test_an_agent_that_is_not_taken_sends_nothing(self):
        with Pinpoint(RequestAgentInfo="refused") as receiver:
            told = send(receiver, give_up=1)
            self.assertEqual(receiver.spans(), [])
        self.assertEqual((told["exported"], told["gave_up"]), (0, 9))
        self.assertIn("not this one", told["log"])

    def test_names_that_are_refused_cost_no_spans(self):
        with Pinpoint(RequestApiMetaData="refused") as receiver:
            told = send(receiver)
            self.assertEqual(len(receiver.got("RequestApiMetaData")), 3)
        self.assertEqual(told["exported"], 9)
        self.assertIn("not this one", told["log"])

    def test_names_that_the_collector_cannot_read_are_told_in_words(self):
        with Pinpoint() as receiver:
            told = send(receiver, name="agent with blanks", give_up=1)
            self.assertEqual(len(receiver.got()), 1)
        self.assertEqual(told["exported"], 0)
        self.assertIn("agentid", told["log"])

    def test_one_that_never_answers_does_not_hold_up_the_end(self):
        with Pinpoint(SendSpan="silent") as receiver:
            began = time.monotonic()
            told = send(receiver, linger=200, finish=300)
        self.assertEqual((told["exported"], told["stopped"]), (0, 9))
        self.assertLess(time.monotonic() - began, patience(25))

    def test_a_call_that_is_not_answered_is_made_again(self):
        with Pinpoint(SendSpan="silent:1") as receiver:
            told = send(receiver, timeout=1000)
            self.assertGreaterEqual(len(receiver.spans()), 6)
        self.assertEqual(told["exported"], 9)
        self.assertGreaterEqual(told["retries"], 1)


def hop(*ports):
    """The target that goes through all of these services."""
    target = "/hop"
    for port in reversed(ports):
        target = "/hop?to=" + urllib.parse.quote(f"http://127.0.0.1:{port}{target}", safe="")
    return target


class AService(unittest.TestCase):
    """The section `tracing` of whole services."""

    ALL = ("--set", "tracing.sampling.ratio=1", "--set", "tracing.batch.delay=20ms")

    def start(self, receiver, name, *words):
        server = Program("traced", *self.ALL, *receiver.configuration(), "--set", f"tracing.pinpoint.applicationName={name}",
                         "--set", f"tracing.pinpoint.agentId={name}-1", *words)
        server.__enter__()
        self.addCleanup(server.__exit__, None, None, None)
        return server

    def ask(self, server, target, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=patience(10))
        with contextlib.closing(connection):
            connection.request("GET", target, headers={name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return answer.status, answer.read()

    def paths(self, receiver):
        return [span["acceptEvent"]["rpc"] for span in receiver.spans()]

    def test_a_transaction_through_two_services_is_one(self):
        with Pinpoint() as receiver:
            front, back = self.start(receiver, "front"), self.start(receiver, "back")
            self.ask(front, hop(back.port))
            eventually(lambda: len(receiver.spans()) == 2, "both spans", 30)
            by_agent = {line["agent"]: line["message"]["span"] for line in receiver.got("SendSpan")}
            names = {line["agent"]: line["application"] for line in receiver.got("RequestAgentInfo")}
        first, second = by_agent["front-1"], by_agent["back-1"]
        self.assertEqual(names, {"front-1": "front", "back-1": "back"})
        self.assertEqual(first["transactionId"]["agentId"], "front-1")
        self.assertEqual(second["transactionId"], first["transactionId"])
        self.assertEqual((first["parentSpanId"], second["parentSpanId"]), ("-1", first["spanId"]))
        calls = [event["nextEvent"]["messageEvent"] for event in first["spanEvent"] if "nextEvent" in event]
        self.assertEqual([call["nextSpanId"] for call in calls], [second["spanId"]])
        self.assertEqual(calls[0]["endPoint"], f"127.0.0.1:{back.port}")
        self.assertNotIn("parentInfo", first["acceptEvent"])
        self.assertEqual(second["acceptEvent"]["parentInfo"],
                         {"parentApplicationName": "front", "parentApplicationType": 1300, "acceptorHost": f"127.0.0.1:{back.port}"})
        self.assertEqual(second["acceptEvent"]["endPoint"], f"127.0.0.1:{back.port}")
        self.assertEqual(second["acceptEvent"]["rpc"], "/hop")

    def test_a_transaction_of_another_agent_goes_on(self):
        with Pinpoint() as receiver:
            server = self.start(receiver, "back")
            self.ask(server, "/orders/7", Pinpoint_TraceID="java-agent^1699999999999^77", Pinpoint_SpanID="-12345", Pinpoint_pSpanID="99",
                     Pinpoint_pAppName="gateway", Pinpoint_pAppType="1010", Pinpoint_Flags="0", Pinpoint_Host="shop:80")
            span, = eventually(receiver.spans, "the span", 30)
            self.ask(server, "/orders/8", Pinpoint_Sampled="s0")
            self.ask(server, "/orders/9")
            eventually(lambda: len(receiver.spans()) == 2, "the third request's", 30)
            self.assertEqual(receiver.spans()[1]["acceptEvent"]["rpc"], "/orders/9")
            names = receiver.names()
        self.assertEqual(span["transactionId"], {"agentId": "java-agent", "agentStartTime": "1699999999999", "sequence": "77"})
        self.assertEqual((span["spanId"], span["parentSpanId"]), ("-12345", "99"))
        self.assertEqual(span["acceptEvent"]["parentInfo"],
                         {"parentApplicationName": "gateway", "parentApplicationType": 1010, "acceptorHost": "shop:80"})
        self.assertEqual(names["RequestApiMetaData", span["apiId"]], "GET /orders/{id}")
        self.assertEqual([names["RequestApiMetaData", event["apiId"]] for event in span["spanEvent"]], ["GET /orders/{id}", "charge the card"])

    def test_a_collector_that_comes_back_is_told_everything_again(self):
        with Pinpoint() as receiver:
            ports = receiver.ports
            server = self.start(receiver, "front", "--set", "tracing.batch.giveUpAfter=10m")
            self.ask(server, "/orders/7")
            eventually(receiver.spans, "the first span", 30)
        self.assertEqual(self.ask(server, "/orders/8")[0], 200)
        with Pinpoint(ports) as receiver:
            eventually(lambda: receiver.got("PingSession"), "a session", 60)
            span = eventually(receiver.spans, "the span of the time between", 60)[0]
            session, = {line["socket"] for line in receiver.got("PingSession")}
            self.ask(server, "/orders/9")
            eventually(lambda: "/orders/9" in self.paths(receiver), "the third span", 30)
            self.assertIn("/orders/8", self.paths(receiver))
            names = receiver.names()
            calls = [line["call"] for line in receiver.got()]
        self.assertGreater(session, 1)
        self.assertEqual(calls[1], "RequestAgentInfo")
        self.assertEqual([names["RequestApiMetaData", each["apiId"]] for each in (span, *span["spanEvent"])],
                         ["GET /orders/{id}", "GET /orders/{id}", "charge the card"])

    def test_what_stands_beside_the_spans_does_not_hold_them_up(self):
        with Pinpoint(PingSession="UNAVAILABLE:1", SendAgentStat="UNAVAILABLE:1") as receiver:
            server = self.start(receiver, "front", "--set", "tracing.pinpoint.stat.collectInterval=100", "--set",
                                "tracing.pinpoint.stat.batchCount=2")
            self.ask(server, "/orders/7")
            eventually(receiver.spans, "the span", 30)
            eventually(lambda: [line["socket"] for line in receiver.got("PingSession")] == [1, 2], "a second session", 30)
            eventually(lambda: len(receiver.got("SendAgentStat")) > 1, "more statistics", 30)
            said = server.output()
        self.assertIn("2 statistics for pinpoint are dropped: in a mood", said)
        self.assertIn("pinpoint's collector has no session with this agent: in a mood", said)

    def test_host_and_service_name_the_agent_where_nothing_else_does(self):
        with Pinpoint() as receiver:
            with Program("traced", *self.ALL, *receiver.configuration(), env={"OTEL_SERVICE_NAME": "shop of käse"}) as server:
                self.ask(server, "/orders/7")
                eventually(receiver.spans, "the span", 30)
            line = receiver.got("RequestAgentInfo")[0]
        self.assertEqual(line["application"], "shop-of-k--se")
        self.assertTrue(socket.gethostname().startswith(line["agent"][:5]), line)

    def test_names_that_no_collector_takes_end_the_start(self):
        for key, value, why in (("agentId", "a" * 25, "24"), ("agentId", "my agent", "agentId"), ("applicationName", "käse", "applicationName"),
                                ("stat.batchCount", "0", "batchCount")):
            code, output, errors = run_once("traced", "--set", "tracing.type=pinpoint", "--set", f"tracing.pinpoint.{key}={value}")
            self.assertNotEqual(code, 0, key)
            self.assertIn(why, output + errors)


if __name__ == "__main__":
    unittest.main()
