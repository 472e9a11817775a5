import com.google.protobuf.Empty;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import com.navercorp.pinpoint.grpc.Header;
import com.navercorp.pinpoint.grpc.server.AgentHeaderReader;
import com.navercorp.pinpoint.grpc.server.HeaderPropagationInterceptor;
import com.navercorp.pinpoint.grpc.server.ServerContext;
import com.navercorp.pinpoint.grpc.server.ServerOption;
import com.navercorp.pinpoint.grpc.trace.AgentGrpc;
import com.navercorp.pinpoint.grpc.trace.MetadataGrpc;
import com.navercorp.pinpoint.grpc.trace.PAgentInfo;
import com.navercorp.pinpoint.grpc.trace.PApiMetaData;
import com.navercorp.pinpoint.grpc.trace.PPing;
import com.navercorp.pinpoint.grpc.trace.PResult;
import com.navercorp.pinpoint.grpc.trace.PSpanMessage;
import com.navercorp.pinpoint.grpc.trace.PSqlMetaData;
import com.navercorp.pinpoint.grpc.trace.PStatMessage;
import com.navercorp.pinpoint.grpc.trace.PStringMetaData;
import com.navercorp.pinpoint.grpc.trace.SpanGrpc;
import com.navercorp.pinpoint.grpc.trace.StatGrpc;
import io.grpc.BindableService;
import io.grpc.ServerInterceptors;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Stands in for Pinpoint's collector: the services that its project generates of its IDL, behind its own reader of the agent's
 * headers. Prints each message that has come as a line of JSON: {"of": agent, "call": "RequestAgentInfo", "message": {...}}.
 *
 * <p>Receiver AGENT_PORT STAT_PORT SPAN_PORT [CALL=MOOD]... where CALL is the name of a method and MOOD what becomes of it: the name
 * of a status of gRPC, "refused" (a PResult that is none), or "silent" (no answer ever). A number behind it (CALL=MOOD:1) says how
 * often; then all is good.
 */
public final class Receiver {
  private static final Map<String, String> MOODS = new HashMap<>();
  private static final Map<String, Integer> LEFT = new HashMap<>();

  public static void main(String[] words) throws Exception {
    for (int i = 3; i < words.length; i++) {
      String[] parts = words[i].split("=", 2);
      String[] often = parts[1].split(":", 2);
      MOODS.put(parts[0], often[0]);
      LEFT.put(parts[0], often.length == 1 ? Integer.MAX_VALUE : Integer.parseInt(often[1]));
    }
    listen(words[0], new Agent(), new Metadata());
    listen(words[1], new Stat());
    listen(words[2], new Span());
    print("{\"call\":\"ready\"}");
    Thread.currentThread().join();
  }

  private static void listen(String port, BindableService... services) throws Exception {
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", Integer.parseInt(port)))
            // As the collector has it by default.
            .keepAliveTime(ServerOption.DEFAULT_KEEPALIVE_TIME, TimeUnit.MILLISECONDS)
            .keepAliveTimeout(ServerOption.DEFAULT_KEEPALIVE_TIMEOUT, TimeUnit.MILLISECONDS)
            .permitKeepAliveTime(ServerOption.DEFAULT_PERMIT_KEEPALIVE_TIME, TimeUnit.MILLISECONDS)
            .permitKeepAliveWithoutCalls(false)
            .maxConnectionIdle(ServerOption.DEFAULT_MAX_CONNECTION_IDLE, TimeUnit.MILLISECONDS)
            .maxInboundMessageSize(ServerOption.DEFAULT_MAX_INBOUND_MESSAGE_SIZE)
            .maxInboundMetadataSize(ServerOption.DEFAULT_MAX_HEADER_LIST_SIZE);
    for (BindableService each : services) {
      builder.addService(
          ServerInterceptors.intercept(each, new HeaderPropagationInterceptor(new AgentHeaderReader("tests"))));
    }
    builder.build().start();
  }

  private static synchronized void print(String line) {
    System.out.println(line);
    System.out.flush();
  }

  private static void tell(String call, Header of, Message message) {
    try {
      String json = message == null ? "null" : JsonFormat.printer().omittingInsignificantWhitespace().print(message);
      print(String.format("{\"call\":\"%s\",\"agent\":\"%s\",\"application\":\"%s\",\"name\":\"%s\",\"start\":%d,\"type\":%d,"
              + "\"socket\":%d,\"message\":%s}", call, of.getAgentId(), of.getApplicationName(),
          of.getAgentName() == null ? "" : of.getAgentName(), of.getAgentStartTime(), of.getServiceType(), of.getSocketId(), json));
    } catch (Exception error) {
      throw new IllegalStateException(error);
    }
  }

  /** What becomes of a call that has come now; empty: it is good. */
  private static synchronized String mood(String call) {
    int left = LEFT.getOrDefault(call, 0);
    if (left == 0) return "";
    if (left < Integer.MAX_VALUE) LEFT.put(call, left - 1);
    return MOODS.get(call);
  }

  private static void fail(String mood, StreamObserver<?> answer) {
    if (mood.equals("silent")) return;
    answer.onError(Status.Code.valueOf(mood).toStatus().withDescription("in a mood").asRuntimeException());
  }

  private static void result(String call, Message message, StreamObserver<PResult> answer) {
    tell(call, ServerContext.getAgentInfo(), message);
    String mood = mood(call);
    boolean refused = mood.equals("refused");
    if (!refused && !mood.isEmpty()) {
      fail(mood, answer);
      return;
    }
    answer.onNext(PResult.newBuilder().setSuccess(!refused).setMessage(refused ? "not this one" : "ok").build());
    answer.onCompleted();
  }

  /** Tells each message of a stream, which is answered with `last`: once at its end, or (`echo`) each message at once. */
  private static <M extends Message, A> StreamObserver<M> stream(
      String call, StreamObserver<A> answer, A last, boolean echo) {
    Header of = ServerContext.getAgentInfo();
    String mood = mood(call);
    return new StreamObserver<>() {
      private boolean over;

      @Override
      public void onNext(M message) {
        tell(call, of, message);
        if (!over && !mood.isEmpty()) {
          over = true;
          fail(mood, answer);
        }
        if (!over && echo) answer.onNext(last);
      }

      @Override
      public void onError(Throwable error) {
        tell(call + " broken off", of, null);
      }

      @Override
      public void onCompleted() {
        tell(call + " ended", of, null);
        if (over) return;
        if (!echo) answer.onNext(last);
        answer.onCompleted();
      }
    };
  }

  private static final class Agent extends AgentGrpc.AgentImplBase {
    @Override
    public void requestAgentInfo(PAgentInfo message, StreamObserver<PResult> answer) {
      result("RequestAgentInfo", message, answer);
    }

    @Override
    public StreamObserver<PPing> pingSession(StreamObserver<PPing> answer) {
      return stream("PingSession", answer, PPing.getDefaultInstance(), true);
    }
  }

  private static final class Metadata extends MetadataGrpc.MetadataImplBase {
    @Override
    public void requestApiMetaData(PApiMetaData message, StreamObserver<PResult> answer) {
      result("RequestApiMetaData", message, answer);
    }

    @Override
    public void requestSqlMetaData(PSqlMetaData message, StreamObserver<PResult> answer) {
      result("RequestSqlMetaData", message, answer);
    }

    @Override
    public void requestStringMetaData(PStringMetaData message, StreamObserver<PResult> answer) {
      result("RequestStringMetaData", message, answer);
    }
  }

  private static final class Stat extends StatGrpc.StatImplBase {
    @Override
    public StreamObserver<PStatMessage> sendAgentStat(StreamObserver<Empty> answer) {
      return stream("SendAgentStat", answer, Empty.getDefaultInstance(), false);
    }
  }

  private static final class Span extends SpanGrpc.SpanImplBase {
    @Override
    public StreamObserver<PSpanMessage> sendSpan(StreamObserver<Empty> answer) {
      return stream("SendSpan", answer, Empty.getDefaultInstance(), false);
    }
  }
}
