# python3 mysql_client.py pymysql|MySQLdb query|cancel: logs in as the environment says.
import importlib
import os
import sys
import threading
import time

driver = importlib.import_module(sys.argv[1])


def connect():
    return driver.connect(
        host=os.environ["MYSQL_HOST"],
        port=int(os.environ["MYSQL_TCP_PORT"]),
        user=os.environ["MYSQL_USER"],
        password=os.environ["MYSQL_PWD"],
        database=os.environ["MYSQL_DATABASE"],
    )


conn = connect()
cur = conn.cursor()
if sys.argv[2] == "query":
    cur.execute("SELECT current_user()")
    print(cur.fetchone()[0])
else:
    cur.execute("SELECT connection_id()")
    session = cur.fetchone()[0]

    def cancel():
        other = connect()
        seen = other.cursor()
        while seen.execute("SELECT 1 FROM information_schema.processlist WHERE id = %s AND info LIKE 'SELECT count%%'", (session,)) == 0:
            time.sleep(0.01)
        seen.execute("KILL QUERY %s" % session)
        other.close()

    thread = threading.Thread(target=cancel)
    thread.start()
    try:
        cur.execute("SELECT count(*) FROM seq_1_to_100000000 a, seq_1_to_100000000 b")
    except driver.OperationalError as error:
        print(error.args[0])
    thread.join()
conn.close()
