/** Short names that a tokenizer splits into few pieces. No name is in both lists. */
export const femaleNames: readonly string[] = [
  'Mara', 'Lena', 'Ida', 'Nora', 'Ada', 'Rosa', 'Vera', 'Emma', 'Clara', 'Anna', 'Lucy', 'Maya', 'Zoe', 'Ella', 'Hanna', 'Julia', 'Lily', 'Ruth', 'Sara', 'Tina', 'Olga', 'Nina', 'Greta', 'Amina', 'Leila', 'Yuki', 'Carmen', 'Elsa', 'Fiona', 'Iris',
];
export const maleNames: readonly string[] = [
  'Tom', 'Ben', 'Max', 'Jon', 'Paul', 'Leo', 'Oscar', 'Hugo', 'Adam', 'Felix', 'Karl', 'Sam', 'Noah', 'Theo', 'Emil', 'Ivan', 'Omar', 'Ravi', 'Kenji', 'Pablo', 'Martin', 'Peter', 'Simon', 'Victor', 'Anton', 'Bruno', 'Daniel', 'Erik', 'Frank', 'George',
];
