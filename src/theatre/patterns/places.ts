import type { Place } from '../types.ts';

/** 'in the forest' and the like, and the form after 'walks'. */
export const placePhrases: Readonly<
  Record<Place, { readonly at: readonly string[]; readonly through: string }>
> = {
  forest: { at: ['in the forest', 'among the trees', 'in the woods'], through: 'through the forest' },
  street: { at: ['in the street', 'in the city', 'on the pavement'], through: 'along the street' },
  room: { at: ['in the living room', 'at home', 'in the room'], through: 'through the living room' },
  beach: { at: ['on the beach', 'by the sea', 'on the sand'], through: 'along the beach' },
  ship: { at: ['on the ship', 'on deck', 'on the deck of the ship'], through: 'across the deck' },
  kitchen: { at: ['in the kitchen'], through: 'through the kitchen' },
  library: { at: ['in the library', 'among the books'], through: 'through the library' },
  mountain: { at: ['in the mountains', 'below the peaks'], through: 'through the mountains' },
  harbour: { at: ['at the harbour', 'on the quay', 'by the boats'], through: 'along the quay' },
  desert: { at: ['in the desert', 'among the dunes'], through: 'through the desert' },
  market: { at: ['at the market', 'among the stalls'], through: 'across the market' },
  station: { at: ['at the station', 'on the platform', 'beside the train'], through: 'along the platform' },
  cave: { at: ['in the cave', 'inside the cave'], through: 'through the cave' },
  garden: { at: ['in the garden', 'among the flowers'], through: 'through the garden' },
  village: { at: ['in the village', 'in front of the cottages'], through: 'through the village' },
  cafe: { at: ['in the cafe', 'at the cafe'], through: 'through the cafe' },
};
