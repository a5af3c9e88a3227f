import { imageAt } from '../media/index.ts';
import { characterOf, frameFaces, frameLayout, frameSentences, type Script } from '../script/index.ts';
import type { ScriptFrame } from './autoregressor.ts';
import type { FaceEncoder, SentenceEncoder } from './encoders.ts';
import { releaseAll } from './release.ts';

/** Sentences that are remembered: elements and descriptions come back shot after shot. */
const MEMORY = 2048;

/**
 * Encodes a script shot by shot. Sentences and portraits go through their encoders one at a time: in a batch, an
 * embedding's last bits could depend on its neighbours, and with them the bytes of a film that is resumed.
 */
export class ScriptEncoder {
  private readonly script: Script;
  private readonly sentences: SentenceEncoder;
  private readonly faces: FaceEncoder;
  private readonly knownSentences = new Map<string, Float32Array>();
  private readonly knownFaces = new Map<string, Float32Array>();

  constructor(script: Script, sentences: SentenceEncoder, faces: FaceEncoder) {
    this.script = script;
    this.sentences = sentences;
    this.faces = faces;
  }

  /** A shot (from 0) as the autoregressor reads it; its sentences and faces are the renderer's rows, too. */
  async frame(index: number, visualTokens?: number): Promise<ScriptFrame> {
    const { script } = this;
    const shot = script.shots[index];
    if (!shot) throw new RangeError(`ScriptEncoder: there is no shot with the index ${index}`);
    const sentences: Float32Array[] = [];
    for (const sentence of frameSentences(shot, script)) sentences.push(await this.sentence(sentence));
    const faces: Float32Array[] = [];
    for (const id of frameFaces(shot)) faces.push(await this.face(id));
    return { layout: frameLayout(shot, script, visualTokens), sentences, faces };
  }

  release(): Promise<void> {
    return releaseAll([() => this.sentences.release(), () => this.faces.release()]);
  }

  private async sentence(text: string): Promise<Float32Array> {
    const known = this.knownSentences.get(text);
    if (known) return known;
    const embedding = await this.sentences.encode([text]);
    const oldest = this.knownSentences.keys().next();
    if (this.knownSentences.size >= MEMORY && !oldest.done) this.knownSentences.delete(oldest.value);
    this.knownSentences.set(text, embedding);
    return embedding;
  }

  private async face(id: string): Promise<Float32Array> {
    const known = this.knownFaces.get(id);
    if (known) return known;
    const portrait = await imageAt(characterOf(this.script, id).face, this.script.inMemory);
    const embedding = await this.faces.encode([portrait]);
    this.knownFaces.set(id, embedding);
    return embedding;
  }
}
