// Loaded into a process before its program: tells at its end what it took, by the kernel's own count.
import { writeFileSync } from 'node:fs'

process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  const usage = { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, residentMb: maxRSS / 1024 }
  writeFileSync(process.env.USAGE_FILE, JSON.stringify(usage))
})
