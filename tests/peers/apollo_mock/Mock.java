// Apollo's published mock server: prints its port, ends with its standard input.
import com.ctrip.framework.apollo.mockserver.ApolloTestingServer;

public final class Mock {
  public static void main(String[] arguments) throws Exception {
    ApolloTestingServer server = new ApolloTestingServer();
    server.start();
    java.lang.reflect.Field field = ApolloTestingServer.class.getDeclaredField("server");
    field.setAccessible(true);
    Object web = field.get(server);
    System.out.println(web.getClass().getMethod("getPort").invoke(web));
    System.out.flush();
    while (System.in.read() >= 0) {
    }
    server.close();
  }
}
