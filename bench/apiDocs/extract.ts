import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CompilerState, Extractor, ExtractorConfig } from '@microsoft/api-extractor';

const root: string = fileURLToPath(new URL('../..', import.meta.url));

/** An exported name or a member of one, as API Extractor's model describes it. */
export interface ApiItem {
  readonly kind: string;
  /** Missing for constructors and call signatures. */
  readonly name?: string;
  /** The comment with its stars; empty where there is none. */
  readonly docComment?: string;
  readonly excerptTokens?: readonly { readonly kind: string; readonly text: string }[];
  /** The declaration file, relative to the package's root. Members have none. */
  readonly fileUrlPath?: string;
  readonly overloadIndex?: number;
  readonly parameters?: readonly unknown[];
  readonly members?: readonly ApiItem[];
}

/** One entry of `exports` in package.json that has types. */
export interface EntryPoint {
  /** The name that users import, for example `moviedreamer/script`. */
  readonly module: string;
  /** The name of its declaration file without `.d.ts`, for example `script`. */
  readonly file: string;
  readonly items: readonly ApiItem[];
  /** Names that public signatures use, but neither the entry nor the main one exports. */
  readonly forgotten: readonly string[];
}

/** The entries of package.json that have types: [name for users, file name without extension]. */
function listEntries(): readonly (readonly [string, string])[] {
  const { name, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    name: string;
    exports: Record<string, string | { types?: string }>;
  };
  return Object.entries(exports).flatMap(([path, target]) => {
    const types = typeof target === 'string' ? undefined : target.types;
    return types ? [[name + path.slice(1), types.replace(/^.*\/|\.d\.ts$/g, '')] as const] : [];
  });
}

function configOf(folder: string, file: string): ExtractorConfig {
  const declarations = join(folder, `${file}.d.ts`);
  return ExtractorConfig.prepare({
    packageJsonFullPath: join(root, 'package.json'),
    configObjectFullPath: undefined,
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: declarations,
      newlineKind: 'lf',
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            target: 'es2023',
            lib: ['es2023'],
            types: ['node'],
            module: 'nodenext',
            moduleResolution: 'nodenext',
            strict: true,
            skipLibCheck: true,
          },
          files: [declarations],
        },
      },
      apiReport: { enabled: false },
      docModel: { enabled: true, apiJsonFilePath: join(folder, `${file}.api.json`) },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
    },
  });
}

function extractEntry(
  module: string,
  file: string,
  config: ExtractorConfig,
  compilerState: CompilerState,
): EntryPoint {
  const forgotten: string[] = [];
  const errors: string[] = [];
  Extractor.invoke(config, {
    localBuild: true,
    compilerState,
    messageCallback: (message) => {
      if (message.messageId === 'ae-forgotten-export')
        forgotten.push(/"(.*?)"/.exec(message.text)?.[1] ?? message.text);
      else if (String(message.category) === 'Compiler') errors.push(message.formatMessageWithLocation(root));
      message.handled = true;
    },
  });
  if (errors.length > 0) throw new Error(`${file}.d.ts does not compile:\n${errors.join('\n')}`);
  const { members } = JSON.parse(readFileSync(config.apiJsonFilePath, 'utf8')) as ApiItem;
  const comments = namespaceComments(readFileSync(config.mainEntryPointFilePath, 'utf8'));
  const items = (members?.[0]?.members ?? []).map((item) => ({
    ...item,
    // API Extractor numbers names that the language has as well, such as `Parameters`
    ...(item.name === undefined ? {} : { name: item.name.replace(/_\d+$/, '') }),
    docComment: item.docComment || comments.get(item.name ?? '') || '',
  }));
  return { module, file, items, forgotten: forgotten.sort() };
}

/** The comments of `export * as name`, which API Extractor leaves out. */
function namespaceComments(declarations: string): ReadonlyMap<string, string> {
  const found = declarations.matchAll(/(\/\*\*(?:(?!\*\/)[\s\S])*\*\/)\s*export \* as (\w+) from/g);
  return new Map(Array.from(found, ([, comment = '', name = '']) => [name, comment]));
}

/**
 * Compiles the declarations of `src` and reads the public face out of them.
 * @throws {Error} when the sources or their declarations do not compile.
 */
export function extractApi(): readonly EntryPoint[] {
  mkdirSync(join(root, 'out'), { recursive: true });
  // Not below node_modules: API Extractor takes what lies there for another package
  const folder = mkdtempSync(join(root, 'out', '.api-'));
  try {
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const flags = ['-p', 'tsconfig.build.json', '--emitDeclarationOnly', '--outDir', folder];
    execFileSync(process.execPath, [tsc, ...flags], { cwd: root, stdio: 'inherit' });
    const entries = listEntries().map(([module, file]) => ({ module, file, config: configOf(folder, file) }));
    const [first] = entries;
    if (!first) return [];
    // one compilation for all entries, which share most of their files
    const additionalEntryPoints = entries.map(({ config }) => config.mainEntryPointFilePath);
    const state = CompilerState.create(first.config, { additionalEntryPoints });
    const read = entries.map(({ module, file, config }) => extractEntry(module, file, config, state));
    const inMain = new Set(read[0]?.items.map(({ name }) => name));
    return read.map((entry) => ({
      ...entry,
      forgotten: entry.forgotten.filter((name) => !inMain.has(name)),
    }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
