// Preloaded by every contender: the names of RDS lead to the gate on this machine, so that all of them dial as they
// would dial RDS, with the name that is signed and verified.
const dns = require('node:dns')
const { lookup } = dns

dns.lookup = (name, ...rest) =>
  Reflect.apply(lookup, dns, [name.endsWith('.rds.amazonaws.com') ? '127.0.0.1' : name, ...rest])
