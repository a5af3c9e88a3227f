import { describe, expect, it } from 'vitest';
import { characterSentences, splitSentences } from './index.ts';

describe('full stops of other scripts end sentences', () => {
  it.each([
    ['Hindi', 'मारा टॉम को रोशनी दिखाती है। समुद्र शांत है।', 2],
    ['Hindi without a space', 'मारा हँसती है।टॉम भागता है।', 2],
    ['Sanskrit', 'धर्मक्षेत्रे कुरुक्षेत्रे॥ समवेता युयुत्सवः॥', 2],
    ['Bengali', 'মারা হাসে। টম দৌড়ায়।', 2],
    ['Urdu', 'مارا ہنستی ہے۔ ٹام بھاگتا ہے۔', 2],
    ['Urdu questions', 'مارا کہاں ہے؟ ٹام جانتا ہے۔', 2],
    ['Arabic', 'أين مارا؟ توم يعرف. البحر هادئ.', 3],
    ['Persian', 'مارا می‌خندد. تام می‌دود.', 2],
    ['Armenian', 'Մարան ծիծաղում է։ Թոմը վազում է։', 2],
    ['Amharic', 'ማራ ትስቃለች። ቶም ይሮጣል።', 2],
    ['Burmese', 'မာရာ ရယ်တယ်။ တွမ် ပြေးတယ်။', 2],
    ['Khmer', 'ម៉ារ៉ាសើច។ តុមរត់។', 2],
    ['Chinese', '玛拉笑了。汤姆跑了！他摔倒了？', 3],
    ['Japanese, half-width', 'ﾏﾗﾊﾜﾗｳ｡ﾄﾑﾊﾊｼﾙ｡', 2],
    ['Japanese speech', '「走れ！」トムは走る。', 2],
    ['full-width points', 'マラは笑う．トムは走る．', 2],
    ['full-width decimals', '高さは３．５メートルだ．トムは走る．', 2],
    ['Korean', '마라가 웃는다. 톰이 달린다.', 2],
    ['Greek and Cyrillic', 'Η Μάρα γελά. Мара смеётся.', 2],
    ['doubled marks', '走れ‼ トムは走る。', 2],
    ['Thai, which has none', 'มารายิ้ม ทอมวิ่ง', 1],
  ])('%s', (_, text, count) => {
    const sentences = splitSentences(text);
    expect(sentences).toHaveLength(count);
    expect(sentences.join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
  });

  it.each([
    ['एक गंजा आदमी। वह लंगड़ाता है।', 'मुस्कुराता हुआ।', ['एक गंजा आदमी, मुस्कुराता हुआ।', 'वह लंगड़ाता है।']],
    ['ایک گنجا آدمی۔', 'مسکراتا ہوا', ['ایک گنجا آدمی, مسکراتا ہوا۔']],
    ['一个秃头男人。', '微笑。', ['一个秃头男人, 微笑。']],
    ['A bald man. He limps.', 'Smiling!', ['A bald man, smiling.', 'He limps.']],
  ])('%s takes the expression %s before its stop', (description, expression, sentences) => {
    expect(characterSentences(description, expression)).toEqual(sentences);
  });
});
