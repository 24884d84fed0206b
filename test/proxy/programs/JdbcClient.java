// java -cp DRIVER.jar JdbcClient.java URL SLOW_STATEMENT query|cancel: logs in as the environment's USER_ and PASSWORD_ say.
import java.sql.*;

class JdbcClient {
  static Connection connect(String url) throws SQLException {
    return DriverManager.getConnection(url, System.getenv("JDBC_USER"), System.getenv("JDBC_PASSWORD"));
  }

  public static void main(String[] args) throws Exception {
    try (Connection connection = connect(args[0]); Statement statement = connection.createStatement()) {
      if (args[2].equals("query")) {
        ResultSet rows = statement.executeQuery("SELECT current_user");
        rows.next();
        System.out.println(rows.getString(1));
        return;
      }
      // The driver cancels on a connection of its own.
      statement.setQueryTimeout(1);
      statement.executeQuery(args[1]);
    } catch (SQLException error) {
      System.out.println(error.getSQLState() + " " + error.getMessage());
    }
  }
}
