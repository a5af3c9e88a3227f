/** Changes whenever a take other than the first is drawn in another way. */
export const takeDraws = 2;

/**
 * Temperature of the tokens of takes other than the first. The preset's own keeps all that the script leaves open near its mean,
 * so that another draw would hardly differ.
 */
export const takeTemperature = 1.5;

/** What a draft of a take other than the first is led by (`RenderOptions.scriptGuidance`): drawn evenly in between. */
export const takeGuidance = [1.1, 1.3] as const;

/** Most takes of a shot. */
export const mostTakes = 16;
