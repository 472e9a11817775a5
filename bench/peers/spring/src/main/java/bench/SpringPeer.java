// The peer "spring-boot": defaults, but log off and connections that are not closed after 100 requests.
// Usage: java -jar spring-peer.jar PORT
package bench;

import java.util.List;
import java.util.Map;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

@SpringBootApplication
@RestController
public class SpringPeer {
  record Hello(int id, String title, String author, List<String> tags, boolean published, int n) {}

  @GetMapping("/hello")
  Hello hello() {
    return new Hello(12345, "hello world", "someone", List.of("a", "b", "c"), true, 1);
  }

  public static void main(String[] arguments) {
    SpringApplication application = new SpringApplication(SpringPeer.class);
    application.setBannerMode(Banner.Mode.OFF);
    application.setDefaultProperties(
        Map.of("server.address", "127.0.0.1", "server.port", arguments[0], "logging.level.root", "OFF",
            "server.tomcat.max-keep-alive-requests", "-1"));
    application.run();
  }
}
