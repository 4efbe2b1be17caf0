#!/usr/bin/env node
// Starts Tapwire from a checkout: sets up what is missing (Node 24, dependencies), then hands over to the task.
// Plain JavaScript, because any Node from 20 must be able to run it. See infra/setup/README.md.
import { bootstrap } from './bootstrap.js'

process.exitCode = await bootstrap(process.argv.slice(2))
