"""Back ends of tracing: an OpenTelemetry Collector that writes what it gets to a file, Zipkin, SkyWalking, and a receiver of
Pinpoint's published protocol."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

from .case import eventually
from .environment import TOOLS, bin_dir, free_port, need, patience
from .processes import Backend, answers, ask_json


def export(kind, within=30.0, env=None, **settings):
    """Runs the program `exporting`; what it tells of its spans."""
    words = [f"{key}={value}" for key, value in settings.items()]
    done = subprocess.run([str(bin_dir() / "exporting"), kind, *words], capture_output=True, text=True, timeout=patience(within),
                          env=os.environ | (env or {}), check=False)
    if done.returncode != 0:
        raise AssertionError(f"exporting {kind} {words}: {done.returncode}\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1]) | {"log": done.stdout + done.stderr}


class Collector(Backend):
    """Takes OTLP (http_port; with TLS when there is a certificate and key) and Jaeger's Thrift (jaeger_http_port,
    jaeger_udp_port)."""

    def __init__(self, certificate=None):
        program = need("otelcol", or_skip=True)
        self.folder = tempfile.mkdtemp(prefix="ngo-collector-")
        self.file = os.path.join(self.folder, "traces.json")
        self.http_port, self.jaeger_http_port, self.jaeger_udp_port = free_port(), free_port(), free_port()
        config = {
            "receivers": {
                "otlp": {"protocols": {"http": {"endpoint": f"127.0.0.1:{self.http_port}"}}},
                "jaeger": {"protocols": {"thrift_http": {"endpoint": f"127.0.0.1:{self.jaeger_http_port}"},
                                         "thrift_compact": {"endpoint": f"127.0.0.1:{self.jaeger_udp_port}"}}},
            },
            "exporters": {"file": {"path": self.file, "flush_interval": "50ms"}},
            "service": {"telemetry": {"metrics": {"level": "none"}},
                        "pipelines": {"traces": {"receivers": ["otlp", "jaeger"], "exporters": ["file"]}}},
        }
        if certificate is not None:
            config["receivers"]["otlp"]["protocols"]["http"]["tls"] = {"cert_file": str(certificate[0]),
                                                                       "key_file": str(certificate[1])}
        path = os.path.join(self.folder, "config.yaml")
        pathlib.Path(path).write_text(json.dumps(config), encoding="utf-8")
        super().__init__([program, "--config", f"file:{path}"],
                         lambda: "Everything is ready" in self.output())

    def spans(self, service, count, within=20.0):
        """The spans of that service, when there are so many, and the attributes of their resource."""
        found, resource = [], {}

        def enough():
            found.clear()
            written = pathlib.Path(self.file).read_text(encoding="utf-8") if os.path.exists(self.file) else ""
            for line in written[:written.rfind("\n") + 1].splitlines():  # the last one may still be on its way
                for each in json.loads(line)["resourceSpans"]:
                    attributes = attributes_of(each["resource"])
                    if attributes.get("service.name") != service:
                        continue
                    resource.update(attributes)
                    for scope in each["scopeSpans"]:
                        found.extend(scope["spans"])
            return len(found) >= count

        eventually(enough, lambda: f"{count} spans of {service} (there are {len(found)}):\n{self.output()[-3000:]}", within)
        return found, resource


def attributes_of(thing):
    """OTLP's attributes as a dictionary."""
    return {each["key"]: value_of(each["value"]) for each in thing.get("attributes", [])}


def value_of(value):
    (kind, content), = value.items()
    if kind == "intValue":
        return int(content)
    if kind == "arrayValue":
        return [value_of(each) for each in content["values"]]
    return content


class Zipkin(Backend):
    def __init__(self):
        java = need("java", or_skip=True)
        jars = sorted(TOOLS.glob("zipkin-server-*-exec.jar"))
        if not jars:
            raise unittest.SkipTest("zipkin-server is missing")
        self.folder = tempfile.mkdtemp(prefix="ngo-zipkin-")
        self.port = free_port()
        super().__init__([java, "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-jar", str(jars[-1]),
                          f"--query.port={self.port}", f"--armeria.ports[0].port={self.port}", "--armeria.ports[0].ip=127.0.0.1",
                          "--armeria.ports[0].protocol=http"], lambda: answers(self.port, "/health"))

    def trace(self, identity, count, within=20.0):
        seen = [None]

        def enough():
            try:
                seen[0] = ask_json(self.port, f"/api/v2/trace/{identity}")
            except OSError as error:
                seen[0] = error
                return None
            return seen[0] if len(seen[0]) >= count else None

        return eventually(enough, lambda: f"{count} spans of {identity} at Zipkin ({seen[0]})", within)


class Jaeger(Backend):
    """All in one, with its storage in memory."""

    def __init__(self):
        program = need("jaeger", or_skip=True)
        self.otlp_port, self.thrift_port, self.port = free_port(), free_port(), free_port()
        admin = free_port()
        own = {"collector.otlp.grpc": free_port(), "collector.otlp.http": self.otlp_port, "collector.http-server": self.thrift_port,
               "collector.grpc-server": free_port(), "collector.zipkin": free_port(), "query.http-server": self.port,
               "query.grpc-server": free_port(), "admin.http": admin}
        super().__init__([program, "--collector.otlp.enabled=true", "--log-level=warn",
                          *(f"--{name}.host-port=127.0.0.1:{port}" for name, port in own.items())],
                         lambda: answers(admin, "/") and answers(self.port, "/api/services"), environment={"SPAN_STORAGE_TYPE": "memory"})

    def close(self):
        self.process.kill()  # it would wait ten seconds for nobody
        super().close()

    def trace(self, identity, count, within=20.0):
        """The spans of that trace, when there are so many."""
        seen = [None]

        def enough():
            try:
                seen[0] = ask_json(self.port, f"/api/traces/{identity}")["data"][0]["spans"]
            except OSError as error:
                seen[0] = error
                return None
            return seen[0] if len(seen[0]) >= count else None

        return eventually(enough, lambda: f"{count} spans of {identity} at Jaeger ({seen[0]})", within)


_SKYWALKING = """
cluster: {{selector: standalone, standalone: {{}}}}
core:
  selector: default
  default:
    {{role: Mixed, restHost: 127.0.0.1, restPort: {port}, restContextPath: /, gRPCHost: 127.0.0.1, gRPCPort: {grpc_port},
     downsampling: [Hour, Day], recordDataTTL: 3, metricsDataTTL: 7, l1FlushPeriod: 500, persistentPeriod: 2, prepareThreads: 1,
     searchableTracesTags: "http.method,http.status_code", searchableLogsTags: "level", searchableAlarmTags: "level",
     enableHierarchy: false}}
storage:
  selector: h2
  h2:
    properties: {{jdbcUrl: "jdbc:h2:mem:oap;DB_CLOSE_DELAY=-1;DATABASE_TO_UPPER=FALSE", dataSource.user: sa}}
    metadataQueryMaxSize: 5000
    maxSizeOfBatchSql: 100
    asyncBatchPersistentPoolSize: 1
agent-analyzer:
  selector: default
  default:
    {{traceSamplingPolicySettingsFile: trace-sampling-policy-settings.yml, slowDBAccessThreshold: "default:200",
     slowCacheReadThreshold: "default:20", slowCacheWriteThreshold: "default:20", forceSampleErrorSegment: true,
     segmentStatusAnalysisStrategy: FROM_SPAN_STATUS, noUpstreamRealAddressAgents: "6000,9000", meterAnalyzerActiveFiles: ""}}
log-analyzer: {{selector: default, default: {{lalFiles: "", malFiles: ""}}}}
event-analyzer: {{selector: default, default: {{}}}}
receiver-sharing-server: {{selector: default, default: {{}}}}
receiver-register: {{selector: default, default: {{}}}}
receiver-trace: {{selector: default, default: {{}}}}
receiver-jvm: {{selector: default, default: {{}}}}
receiver-meter: {{selector: default, default: {{}}}}
receiver-log: {{selector: default, default: {{}}}}
receiver-event: {{selector: default, default: {{}}}}
query: {{selector: graphql, graphql: {{}}}}
alarm: {{selector: default, default: {{}}}}
telemetry: {{selector: none, none: {{}}}}
configuration: {{selector: none, none: {{}}}}
ai-pipeline: {{selector: default, default: {{uriRecognitionServerAddr: "", uriRecognitionServerPort: 17128}}}}
"""

_SKYWALKING_FILES = {
    "alarm-settings.yml": "rules:\nhooks:\n",
    "service-apdex-threshold.yml": "default: 500\n",
    "trace-sampling-policy-settings.yml": "default:\n  rate: 10000\n  duration: -1\n",
    "component-libraries.yml": "Unknown:\n  id: 1\n  languages: All\nHTTP:\n  id: 2\n  languages: Java\n",
    "log4j2.xml": '<Configuration><Appenders><Console name="c"><PatternLayout pattern="%p %c %m%n"/></Console></Appenders>'
                  '<Loggers><Root level="WARN"><AppenderRef ref="c"/></Root></Loggers></Configuration>',
    **{name: "" for name in ("gateways.yml", "endpoint-name-grouping.yml", "metadata-service-mapping.yaml")},
    **{f"oal/{name}.oal": "" for name in ("core", "java-agent", "dotnet-agent", "browser", "mesh", "tcp", "ebpf", "cilium", "disable")},
}


class SkyWalking(Backend):
    """The OAP with its storage in memory."""

    def __init__(self):
        java = need("java", or_skip=True)
        jars = TOOLS / "skywalking"
        if not any(jars.glob("server-starter-*.jar")):
            raise unittest.SkipTest("SkyWalking's OAP is missing")
        self.folder = tempfile.mkdtemp(prefix="ngo-skywalking-")
        self.port, self.grpc_port = free_port(), free_port()
        folder = pathlib.Path(self.folder)
        for name in ("lal", "meter-analyzer-config", "log-mal-rules", "ui-initialized-templates", "openapi-definitions", "otel-rules",
                     "oal"):
            (folder / name).mkdir()
        for name, text in _SKYWALKING_FILES.items():
            (folder / name).write_text(text, encoding="utf-8")
        (folder / "application.yml").write_text(_SKYWALKING.format(port=self.port, grpc_port=self.grpc_port), encoding="utf-8")
        super().__init__([java, "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", f"{self.folder}:{jars}/*",
                          "org.apache.skywalking.oap.server.starter.OAPServerStartUp"], self._ready, within=120)

    def _ready(self):
        try:
            return "version" in self.query("{version}")
        except (OSError, ValueError, AssertionError):
            return False

    def query(self, text):
        answer = ask_json(self.port, "/graphql", "POST", {"query": text})
        if answer.get("errors"):
            raise AssertionError(f"{text}: {answer['errors']}")
        return answer["data"]

    def until(self, text, good, within=30.0):
        """What the query answers, once that is good."""
        seen = [None]

        def answered():
            seen[0] = self.query(text)
            return [seen[0]] if good(seen[0]) else None

        return eventually(answered, lambda: f"a good answer to {text} ({seen[0]}\n{self.output()[-2000:]})", within)[0]


class Pinpoint(Backend):
    """A receiver made of the published IDL. `ports`: agent, stat, span, where they are to be those of one before; `moods`:
    what becomes of calls, see tests/peers/pinpoint/Receiver.java."""

    def __init__(self, ports=None, **moods):
        java = need("java", or_skip=True)
        home = TOOLS / "pinpoint"
        if not (home / "classes/Receiver.class").exists():
            raise unittest.SkipTest("the receiver of Pinpoint's protocol is missing")
        self.folder = tempfile.mkdtemp(prefix="ngo-pinpoint-")
        self.ports = ports or (free_port(), free_port(), free_port())
        super().__init__([java, "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", f"{home}/lib/*:{home}/classes", "Receiver",
                          *map(str, self.ports), *(f"{call}={mood}" for call, mood in moods.items())],
                         lambda: self.got("ready"))

    def settings(self):
        """The ports, as the program `exporting` wants them."""
        return dict(zip(("agent", "stat", "span"), self.ports))

    def configuration(self):
        """The same as arguments of a service."""
        agent, stat, span = self.ports
        words = [f"tracing.pinpoint.collector.{key}={value}" for key, value in
                 (("host", "127.0.0.1"), ("agentPort", agent), ("statPort", stat), ("spanPort", span))]
        return [word for each in ("tracing.type=pinpoint", *words) for word in ("--set", each)]

    def got(self, call=None):
        """What has come, in its order: of that method, or all of it."""
        text = self.output()
        lines = [json.loads(line) for line in text[:text.rfind("\n") + 1].splitlines() if line.startswith('{"call"')]
        return [line for line in lines if call in (None, line["call"])]

    def names(self):
        """What was told by number: (method, number) to text."""
        fields = {"RequestApiMetaData": ("apiId", "apiInfo"), "RequestStringMetaData": ("stringId", "stringValue"),
                  "RequestSqlMetaData": ("sqlId", "sql")}
        return {(line["call"], line["message"][fields[line["call"]][0]]): line["message"][fields[line["call"]][1]]
                for line in self.got() if line["call"] in fields}

    def spans(self):
        return [line["message"]["span"] for line in self.got("SendSpan") if "span" in line["message"]]

    def chunks(self):
        return [line["message"]["spanChunk"] for line in self.got("SendSpan") if "spanChunk" in line["message"]]
