# python3 psycopg2_client.py query|cancel: logs in as the environment says.
import os
import sys
import threading
import time

import psycopg2


def connect():
    return psycopg2.connect(os.environ["DATABASE_URL"])


conn = connect()
cur = conn.cursor()
if sys.argv[1] == "query":
    cur.execute("SELECT current_user")
    print(cur.fetchone()[0])
else:

    def cancel():
        other = connect()
        other.autocommit = True
        seen = other.cursor()
        while True:
            seen.execute("SELECT state FROM pg_stat_activity WHERE pid = %s", (conn.get_backend_pid(),))
            if seen.fetchone()[0] == "active":
                break
            time.sleep(0.01)
        conn.cancel()
        other.close()

    thread = threading.Thread(target=cancel)
    thread.start()
    try:
        cur.execute("SELECT pg_sleep(60)")
    except psycopg2.errors.QueryCanceled as error:
        print(error.pgcode)
    thread.join()
conn.close()
