// The cause of a role for which no word of STS comes.
import { shellWord } from '../../shell.ts'
import { partitionOf } from '../partition.ts'
import { act, type Cure, faultIn, foundIn, type Rule, sh } from './cause.ts'

export const sts: Rule = (found) => {
  const fault = faultIn(found, 'credentials')
  if (fault?.code !== 'no-sts' && fault?.code !== 'not-sts') return undefined
  const foreign = fault.code === 'not-sts'
  const role = `the role ${found.subject.role ?? 'of the credentials'}`
  const { region = 'REGION' } = foundIn(found, 'region') ?? {}
  return {
    id: 'sts',
    certainty: 'proven',
    title: foreign
      ? `Something else answers in place of STS, which is asked for ${role}`
      : `STS can't be asked for ${role}`,
    because: fault.message,
    cures: foreign ? pastOthers(region) : wayToSts(region),
  }
}

const OWN_URL = 'AWS_ENDPOINT_URL_STS or AWS_ENDPOINT_URL, if it is set, must lead to STS'

function wayToSts(region: string): Cure[] {
  const filter = `--filters ${shellWord(`Name=service-name,Values=${serviceOf(region)}`)}`
  const query = `--query 'VpcEndpoints[].{vpc:VpcId,state:State,dns:PrivateDnsEnabled}'`
  return [
    // Without the profile, whose own commands may fail as this did.
    sh(`aws ec2 describe-vpc-endpoints ${filter} ${query} --region ${shellWord(region)}`),
    act(
      'a private subnet needs such a VPC endpoint, with private DNS, and with a security group that admits this machine at port 443; or else a NAT gateway',
    ),
    act(`${OWN_URL}; HTTPS_PROXY does not count`),
  ]
}

function pastOthers(region: string): Cure[] {
  return [
    act(OWN_URL),
    act(
      `a proxy or firewall on the way must let this machine through; a VPC endpoint, ${serviceOf(region)}, leads past it`,
    ),
  ]
}

/** What a VPC endpoint for STS is made of. In China, the names begin with `cn`. */
function serviceOf(region: string): string {
  return `${partitionOf(region).name === 'aws-cn' ? 'cn.' : ''}com.amazonaws.${region}.sts`
}
