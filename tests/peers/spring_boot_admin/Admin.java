import de.codecentric.boot.admin.server.config.EnableAdminServer;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;

/** Spring Boot Admin as it is, with nothing configured but its port (--server.port). */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@EnableAdminServer
public class Admin {
  public static void main(String[] arguments) {
    SpringApplication.run(Admin.class, arguments);
  }
}
