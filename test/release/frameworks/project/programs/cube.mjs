// The driver that Cube creates from its config.
import cube from '../cube/cube.js'

const driver = await cube.driverFactory({ dataSource: 'default' })
await driver.testConnection()
const [row] = await driver.query('SELECT current_user AS user', [])
console.log(row.user)
await driver.release()
