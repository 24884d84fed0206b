// Preloaded by every contender. RDS host names resolve to the gate on this machine, so that all contenders connect as
// they would to RDS, with the name that they sign and verify.
const dns = require('node:dns')
const { lookup } = dns

dns.lookup = (name, ...rest) =>
  Reflect.apply(lookup, dns, [name.endsWith('.rds.amazonaws.com') ? '127.0.0.1' : name, ...rest])
