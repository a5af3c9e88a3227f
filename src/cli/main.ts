#!/usr/bin/env node
import { runCli } from './cli.ts';

// a reader that has gone has set it already
process.exitCode = (await runCli(process.argv.slice(2))) || process.exitCode;
