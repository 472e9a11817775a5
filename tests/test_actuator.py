"""The endpoints in the form of Spring Boot's Actuator: their shapes, media types and what they do."""

import json
import re
import unittest

from harness import Connection, Program, eventually, request

V3 = "application/vnd.spring-boot.actuator.v3+json"
CONFIG = """
service: {serviceName: the-probe}
log:
  - {name: default, noFile: false, console: true, path: logs, fileName: probe}
httpServer: {requestTimeout: 30s}
ops: {token: a token that is long enough}
"""


class Actuator(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Program("probe", config=CONFIG, env={"GIT_COMMIT": "0123abc", "NGO_HTTPSERVER__MAXBODYSIZE": "1MiB"})
        cls.server.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__(None, None, None)

    def ask(self, target, method="GET", headers=(), body=b"", port=None):
        with Connection(("127.0.0.1", port or self.server.ops_port)) as connection:
            connection.send(request(target, method, ("Connection: close", *headers), body))
            return connection.response(method)

    def read(self, path, status=200):
        answer = self.ask("/actuator" + path)
        self.assertEqual(answer.status, status, answer.body)
        return json.loads(answer.body)

    def post(self, path, value):
        return self.ask("/actuator" + path, "POST", ("Content-Type: application/json",), json.dumps(value).encode())

    def test_the_index_links_to_what_is_there(self):
        links = self.read("")["_links"]
        self.assertEqual(links["self"], {"href": "http://localhost/actuator", "templated": False})
        self.assertTrue(links["health-path"]["templated"])
        for name, link in links.items():
            if link["templated"]:
                continue
            path = link["href"].removeprefix("http://localhost")
            with self.subTest(name=name):
                self.assertEqual(self.ask(path).status, 200)
        self.assertNotIn("shutdown", links)
        self.assertEqual(self.post("/shutdown", {}).status, 404)

    def test_the_media_type_is_the_one_that_is_asked_for(self):
        for accept, expected in (("*/*", V3), (V3, V3), ("application/json", "application/json"),
                                 ("application/vnd.spring-boot.actuator.v2+json, application/json;q=0.5", "application/vnd.spring-boot.actuator.v2+json")):
            answer = self.ask("/actuator/info", headers=("Accept: " + accept,))
            self.assertEqual((answer.status, answer.get("content-type")), (200, expected))
        self.assertEqual(self.ask("/actuator/info", headers=("Accept: image/png",)).status, 406)

    def test_what_is_not_there_is_404_and_a_wrong_method_405(self):
        self.assertEqual(self.ask("/actuator/quartz").status, 404)
        self.assertEqual(self.ask("/actuator/info", "DELETE").status, 405)

    def test_health_has_groups_components_and_paths(self):
        tree = self.read("/health")
        self.assertEqual((tree["status"], tree["groups"]), ("UP", ["liveness", "readiness"]))
        self.assertEqual(tree["components"]["livenessState"], {"status": "UP"})
        self.assertEqual(set(self.read("/health/liveness")), {"status", "components"})
        self.assertEqual(self.read("/health/readiness")["components"]["readinessState"]["status"], "UP")
        for name in tree["components"]:
            self.assertEqual(self.read("/health/" + name)["status"], tree["components"][name]["status"])
        self.read("/health/nothing", 404)

    def test_a_service_that_is_taken_out_is_out_of_service(self):
        self.addCleanup(self.ask, "/health/online")
        self.ask("/health/offline")
        self.assertEqual(self.read("/health/readiness", 503)["status"], "OUT_OF_SERVICE")
        self.assertEqual(self.read("/health/liveness")["status"], "UP")

    def test_info_tells_what_runs(self):
        info = self.read("/info")
        self.assertEqual(info["build"]["name"], "the-probe")
        self.assertEqual(info["git"]["commit"]["id"], "0123abc")
        self.assertEqual(info["process"]["pid"], self.server.pid)
        self.assertEqual(info["os"]["name"], "Linux")
        self.assertRegex(info["process"]["uptime"], r"^PT\d+\.\d+S$")
        self.assertGreater(info["process"]["memory"]["resident"], 1 << 20)

    def test_levels_are_read_and_set(self):
        loggers = self.read("/loggers")
        self.assertEqual(loggers["levels"][:2], ["OFF", "FATAL"])
        self.assertEqual(loggers["loggers"]["ROOT"], {"configuredLevel": "INFO", "effectiveLevel": "INFO"})
        name = next((each for each in loggers["loggers"] if each != "ROOT"), "ROOT")
        self.assertEqual(self.post(f"/loggers/{name}", {"configuredLevel": "DEBUG"}).status, 204)
        self.assertEqual(self.read(f"/loggers/{name}")["effectiveLevel"], "DEBUG")
        for reset in ({}, {"configuredLevel": None}):
            self.assertEqual(self.post(f"/loggers/{name}", reset).status, 204)
            self.assertEqual(self.read(f"/loggers/{name}")["effectiveLevel"], "INFO")
        self.assertEqual(self.post("/loggers/ROOT", {"configuredLevel": "loud"}).status, 400)
        self.assertEqual(self.post("/loggers/nobody", {"configuredLevel": "INFO"}).status, 404)

    def test_a_level_falls_back_by_itself(self):
        self.assertEqual(self.post("/loggers/ROOT", {"configuredLevel": "trace", "ttl": "100ms"}).status, 204)
        eventually(lambda: self.read("/loggers/ROOT")["effectiveLevel"] == "INFO", "the fall back")

    def test_the_environment_tells_where_each_value_was_written(self):
        sources = {each["name"]: each["properties"] for each in self.read("/env")["propertySources"]}
        self.assertEqual(sources["systemProperties"]["PID"]["value"], str(self.server.pid))
        self.assertEqual(sources["commandLineArgs"]["ops.port"]["value"], "0")
        file = next(properties for name, properties in sources.items() if name.endswith("app.yaml"))
        self.assertEqual(file["service.serviceName"]["value"], "the-probe")
        self.assertRegex(file["service.serviceName"]["origin"], r"^file .*app\.yaml:2:\d+$")
        self.assertEqual(file["log[0].name"]["value"], "default")
        self.assertEqual(file["ops.token"]["value"], "******")
        self.assertTrue(any(key.lower() == "httpserver.maxbodysize" for key in sources["systemEnvironment"]))
        self.assertEqual(list(sources)[0], "commandLineArgs")

    def test_one_value_of_the_environment(self):
        one = self.read("/env/service.serviceName")
        self.assertEqual(one["property"]["value"], "the-probe")
        self.assertTrue(any("property" in each for each in one["propertySources"]))
        self.assertEqual(self.read("/env/ops.token")["property"]["value"], "******")
        self.read("/env/no.such.key", 404)
        kept = {key for each in self.read("/env?pattern=serviceName")["propertySources"] for key in each["properties"]}
        self.assertEqual(kept, {"service.serviceName"})

    def test_configprops_show_what_holds(self):
        beans = self.read("/configprops")["contexts"]["application"]["beans"]
        self.assertEqual(beans["httpServer"]["properties"]["requestTimeout"], "30s")
        self.assertEqual(beans["httpServer"]["inputs"]["requestTimeout"]["value"], "30s")
        self.assertEqual(beans["ops"]["properties"]["token"], "******")
        self.assertEqual(beans["ops"]["inputs"]["token"]["value"], "******")
        only = self.read("/configprops/httpServer")["contexts"]["application"]["beans"]
        self.assertEqual(set(only), {"httpServer"})
        self.read("/configprops/nothing", 404)

    def test_mappings_show_every_route_with_its_handler(self):
        servlets = self.read("/mappings")["contexts"]["application"]["mappings"]["dispatcherServlets"]
        found = next(each for each in servlets["httpServer"] if "[/path/string/{value}]" in each["predicate"])
        self.assertEqual(found["details"]["requestMappingConditions"]["methods"], ["GET"])
        self.assertRegex(found["details"]["handlerMethod"]["className"], r"^\w+\.cpp:\d+$")
        handler = next(each["handler"] for each in servlets["httpServer"] if "POST [/slow]" in each["predicate"])
        self.assertRegex(handler, r"Task<.*string.*>.* \(ngo::Query<.*Time>, ngo::Body\) at waits\.cpp:\d+")
        self.assertTrue(any("/actuator/env" in each["predicate"] for each in servlets["ops"]))

    def test_metrics_are_named_and_chosen_by_their_tags(self):
        for _ in range(3):
            self.assertEqual(self.ask("/path/string/counted", port=self.server.port).status, 200)
        names = self.read("/metrics")["names"]
        self.assertLessEqual({"process.uptime", "process.cpu.usage", "system.cpu.count", "jvm.memory.used", "process.memory.usage"}, set(names))
        self.assertEqual(names, sorted(names))
        memory = self.read("/metrics/jvm.memory.used?tag=area:heap")
        self.assertGreater(memory["measurements"][0]["value"], 1 << 20)
        self.assertEqual((memory["baseUnit"], memory["availableTags"]), ("bytes", []))
        requests = self.read("/metrics/http.server.requests?tag=uri:/path/string/{value}")
        count = next(each["value"] for each in requests["measurements"] if each["statistic"] == "COUNT")
        self.assertGreaterEqual(count, 3)
        self.assertIn("TOTAL_TIME", [each["statistic"] for each in requests["measurements"]])
        tags = {each["tag"]: each["values"] for each in requests["availableTags"]}
        self.assertEqual((tags["method"], tags["status"]), (["GET"], ["200"]))
        self.read("/metrics/http.server.requests?tag=uri:/nowhere", 404)
        self.read("/metrics/no.such.metric", 404)
        self.read("/metrics/process.uptime?tag=nonsense", 400)

    def test_prometheus_reads_the_same_here(self):
        answer = self.ask("/actuator/prometheus")
        self.assertEqual(answer.status, 200)
        self.assertIn(b"# TYPE process_uptime_seconds gauge", answer.body)

    def test_a_thread_dump_has_the_threads_and_where_they_are(self):
        threads = {each["threadName"]: each for each in self.read("/threaddump")["threads"]}
        self.assertIn("probe", threads)
        workers = [each for name, each in threads.items() if re.search(r"work", name)]
        self.assertTrue(workers, list(threads))
        frames = [frame["methodName"] for each in workers for frame in each["stackTrace"]]
        self.assertTrue(any("epoll" in frame or "turn" in frame for frame in frames), frames)
        answer = self.ask("/actuator/threaddump", headers=("Accept: text/plain",))
        self.assertTrue(answer.get("content-type").startswith("text/plain"))
        self.assertIn('"probe" - Thread t@', answer.body.decode())
        self.assertIn("\tat ", answer.body.decode())

    def test_exchanges_are_recorded_once_somebody_looks_and_hold_no_secrets(self):
        self.read("/httpexchanges")
        headers = ("Authorization: Bearer abc", "Cookie: session=abc", "X-Api-Key: abc", "X-Seen: yes")
        self.ask("/path/string/remembered?full=1", headers=headers, port=self.server.port)

        def find():
            return next((each for each in self.read("/httpexchanges")["exchanges"] if "remembered" in each["request"]["uri"]), None)

        one = eventually(find, "the exchange")
        self.assertEqual((one["request"]["method"], one["request"]["uri"]), ("GET", "/path/string/remembered?full=1"))
        self.assertEqual(one["response"]["status"], 200)
        self.assertRegex(one["timeTaken"], r"^PT\d+\.\d+S$")
        kept = {name.lower(): value for name, value in one["request"]["headers"].items()}
        self.assertEqual(kept["x-seen"], ["yes"])
        for secret in ("authorization", "cookie", "x-api-key"):
            self.assertEqual(kept[secret], ["******"])
        for _ in range(150):
            self.ask("/path/string/again", port=self.server.port)
        self.assertEqual(len(self.read("/httpexchanges")["exchanges"]), 100)

    def test_the_start_is_told_in_steps(self):
        timeline = self.read("/startup")["timeline"]
        steps = {each["startupStep"]["name"]: each for each in timeline["events"]}
        for name in ("ngo.configure", "ngo.threads", "ngo.listen"):
            self.assertRegex(steps[name]["duration"], r"^PT\d+\.\d+S$")
        self.assertEqual(steps["ngo.listen"]["startupStep"]["parentId"], steps["ngo.start"]["startupStep"]["id"])

    def test_the_log_file_can_be_read_from_any_byte(self):
        def begun():
            answer = self.ask("/actuator/logfile")
            return answer if answer.status == 200 and b"started in" in answer.body else None

        whole = eventually(begun, "the log")
        part = self.ask("/actuator/logfile", headers=("Range: bytes=10-29",))
        self.assertEqual((part.status, part.body), (206, whole.body[10:30]))
        self.assertTrue(whole.get("content-type").startswith("text/plain"))


class Shutdown(unittest.TestCase):
    def test_it_stops_the_service_where_that_is_allowed(self):
        server = Program("probe", "--set", "ops.shutdown=true", "--set", "ops.basePath=/manage")
        with server:
            with Connection(("127.0.0.1", server.ops_port)) as connection:
                connection.send(request("/manage/shutdown", "POST", ("Connection: close",)))
                answer = connection.response("POST")
            self.assertEqual(json.loads(answer.body), {"message": "Shutting down, bye..."})
            eventually(lambda: not server.running, "the end")
