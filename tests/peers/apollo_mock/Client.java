// Apollo's own client: prints the value of the key "k" of the namespace application, and then each that follows.
import com.ctrip.framework.apollo.Config;
import com.ctrip.framework.apollo.ConfigService;

public final class Client {
  public static void main(String[] arguments) throws Exception {
    Config config = ConfigService.getAppConfig();
    config.addChangeListener(change -> say(config));
    say(config);
    while (System.in.read() >= 0) {
    }
    System.exit(0);  // its threads would go on
  }

  private static synchronized void say(Config config) {
    System.out.println(config.getProperty("k", "none"));
    System.out.flush();
  }
}
